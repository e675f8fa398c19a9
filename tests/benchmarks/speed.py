"""How quick cnncli is, as ratios measured in one alternating run, since machines are noisy.

    python tests/benchmarks/speed.py            prints the table; --write puts it into speed.md beside this file

Commands are whole processes (median of ten, in turns); expansion and analysis are timed in-process beyond the parsing of the YAML.
Install cnncli with pip first (not PYTHONDONTWRITEBYTECODE), so that its modules are compiled, as they are for users.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from cnncli import __version__, analyze
from cnncli.render import summaries
from cnncli.spec import load
from cnncli.spec.source import find, read
from cnncli.spec.tree import parse

ROUNDS = 10
CLI = [sys.executable, "-m", "cnncli"]
COMMANDS = {
    "import click": [sys.executable, "-c", "import click"],
    "cnncli --help": [*CLI, "--help"],
    "summarize vgg16 --format json": [*CLI, "summarize", "vgg16", "--format", "json"],
    "summarize resnet152": [*CLI, "summarize", "resnet152"],
    "summarize efficientnet_b7": [*CLI, "summarize", "efficientnet_b7"],
    "cnncli list": [*CLI, "list"],
}
CHAIN = "input: [32, 32, 16]\nlayers:\n  - conv: {{filters: 16, kernel: 3, padding: same}}\n    repeat: {layers}\n"
BLOCKS = """input: [32, 32, 16]
blocks:
  unit:
    - conv: {{filters: 16, kernel: 3, padding: same}}
    - batch_norm
    - relu
    - add: {{main: [{{conv: {{filters: 16, kernel: 1}}}}], shortcut: []}}
layers:
  - unit:
    repeat: {units}
"""


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def commands() -> list[str]:
    """Whole processes, in turns."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(lambda command=command: subprocess.run(command, check=True, capture_output=True)))  # type: ignore[misc]
    base = statistics.median(taken["import click"])
    return [
        f"| `{name}` | {statistics.median(times) * 1000:.0f} ms | {statistics.median(times) / base:.2f} |" for name, times in taken.items()
    ]


def in_process(title: str, spec: str) -> str:
    """Reading beyond the parsing, analysis and JSON of one spec, per layer; and the memory that stays."""
    parsing, reading, analysing, rendering = [], [], [], []
    for _ in range(3):
        parsing.append(seconds(lambda: parse(read(find(spec)))))
        reading.append(seconds(lambda: load(spec)))
        network = load(spec).network
        report = analyze(network)
        analysing.append(seconds(lambda report=report: (report.totals, [row.receptive_field for row in report.rows])))  # type: ignore[misc]
        rendering.append(seconds(lambda report=report: "".join(summaries([report], "json"))))  # type: ignore[misc]
    tracemalloc.start()
    network = load(spec).network
    report = analyze(network)
    _ = report.totals, [row.receptive_field for row in report.rows]
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    layers = len(network.nodes)
    expansion, analysis = statistics.median(reading) - statistics.median(parsing), statistics.median(analysing)
    return (
        f"| {title} | {layers:,} | {statistics.median(parsing) * 1e3:,.1f} | {expansion * 1e3:,.1f} | {analysis * 1e3:,.1f} "
        f"| {(expansion + analysis) / layers * 1e6:.1f} | {kept / layers / 1000:.2f} | {statistics.median(rendering) * 1e3:,.1f} |"
    )


def scale() -> list[str]:
    """Networks of growing length, as a chain, in blocks, and written out."""
    rows = [in_process(name, name) for name in ("vgg16", "resnet152", "efficientnet_b7")]
    with tempfile.TemporaryDirectory() as folder:
        for layers in (10_000, 100_000):
            for title, text in {
                f"chain of {layers:,}": CHAIN.format(layers=layers),
                f"{layers // 5:,} residual blocks": BLOCKS.format(units=layers // 5),
                f"{layers:,} lines": "input: [32, 32, 16]\nlayers:\n" + "  - conv: {filters: 16, kernel: 3, padding: same}\n" * layers,
            }.items():
                if len(text) < 4 * 2**20:
                    file = Path(folder) / "spec.yaml"
                    file.write_text(text)
                    rows.append(in_process(title, str(file)))
    return rows


def table() -> str:
    """Both measurements as Markdown."""
    return "\n".join(
        [
            f"# Speed of cnncli {__version__}",
            "",
            f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}; `python tests/benchmarks/speed.py --write`.",
            "",
            f"Whole processes, median of {ROUNDS} in turns:",
            "",
            "| command | median | x `import click` |",
            "| --- | ---: | ---: |",
            *commands(),
            "",
            "In-process, median of three; expansion is reading less parsing; kB is what stays allocated after reading and analysis:",
            "",
            "| spec | layers | parsing, ms | expansion, ms | analysis, ms | µs a layer | kB a layer | JSON, ms |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *scale(),
            "",
        ]
    )


if __name__ == "__main__":
    text = table()
    print(text)
    if "--write" in sys.argv:
        Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")
