"""Hostile input gets a refusal: quickly, in bounded memory, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnncli import analyze
from cnncli.errors import CnncliError
from cnncli.spec import load, loads

HEAD = "input: [8, 8, 3]\n"
BLOCKS = {
    "recursion": "blocks:\n  a: [b]\n  b: [a]\nlayers: [a]",
    "a doubling": "blocks:\n" + "".join(f"  b{i}: [b{i + 1}, b{i + 1}]\n" for i in range(60)) + "  b60: [relu]\nlayers: [b0]",
    "empty blocks repeated": "blocks:\n  a: []\n  b: [{a: , repeat: 200000}]\nlayers: [{b: , repeat: 200000}]",
    "repeat": "layers: [{relu: , repeat: 1000000000}]",
    "repeat in blocks": "blocks:\n  a: [{relu: , repeat: 200000}]\nlayers: [{a: , repeat: 200000}]",
    "a tower of powers": "layers: [{dense: $(9**9**9)}]",
    "a product": "layers: [{dense: $(" + " * ".join(["999999999"] * 25) + ")}]",
    "a fraction": "layers: [{dense: $(" + " / ".join(["999999937"] * 25) + ")}]",
    "parentheses": "layers: [{dense: $(" + "(" * 200 + "1" + ")" * 200 + ")}]",
    "a long expression": "layers: [{dense: $(" + "1+" * 100_000 + "1)}]",
    "deep lists": "layers: " + "[" * 100_000,
    "deep mappings": "layers: " + "{a: " * 100_000,
    "a million scalars": "layers: [" + "a," * 1_100_000 + "a]",
    "many sections": "".join(f"k{i}: 3\n" for i in range(50_000)),
    "many faults": "layers:\n" + "  - foo\n" * 50_000,
    "a long name": "layers: [" + "a" * 1_000_000 + "]",
    "a long key": "a" * 1_000_000 + ": 3",
    "many digits": f"layers: [{{dense: {'9' * 100_000}}}]",
    "a tag": "layers: !!python/object/apply:os.system ['exit 1']",
    "a bomb of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nlayers: [*b, *b]",
    "NUL": "layers: [\0]",
    "100 MB": "#" * 100_000_000,
}


@pytest.mark.parametrize("text", BLOCKS.values(), ids=BLOCKS)
def test_hostile_text_is_refused(text: str, tmp_path: Path) -> None:
    """Bombs of all kinds end in a refusal whose text stays short: in a process with 800 MB, within half a minute."""
    file = tmp_path / "hostile.yaml"
    file.write_text(HEAD + text)
    limited = "import resource; resource.setrlimit(resource.RLIMIT_AS, (800_000_000,) * 2); from cnncli.cli import main; main()"
    command = [sys.executable, "-c", limited, "validate", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert 0 < len(done.stderr) < 20_000


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x80abc", b"PK\x03\x04", bytes(range(256)), b"", b"\xef\xbb\xbf"])
def test_what_is_no_text_is_refused(data: bytes, tmp_path: Path) -> None:
    """Binary, other encodings, and nothing at all."""
    file = tmp_path / "binary.yaml"
    file.write_bytes(data)
    with pytest.raises(CnncliError):
        load(str(file))


def test_what_is_no_readable_file_is_refused(tmp_path: Path) -> None:
    """A directory, nothing, and a path with a NUL."""
    for path in (str(tmp_path), str(tmp_path / "nothing.yaml"), "a\0b"):
        with pytest.raises(CnncliError):
            load(path)


def test_sizes_without_measure_are_counted_exactly() -> None:
    """Large sizes are large numbers, not floats and no allocation."""
    text = "input: [2147483647, 2147483647, 3]\nlayers: [{conv: {filters: 2147483647, kernel: 3}}]"
    totals = analyze(loads(text).network).totals
    assert totals["macs"] == 2147483645**2 * 27 * 2147483647
