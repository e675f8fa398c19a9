"""What training costs beside the mathematics: python tests/benchmarks/overhead.py host|start [NAME...] [--data-dir DIR] [--rounds N]

host   seconds of a step of a network with almost no mathematics: in the loop of `cnncli train`, in one call of its graph with the same
       steps, and in `model.fit`; what the loop takes beyond its graph is host time.
start  seconds of a process of `cnncli train` until its first chunk of steps is done, against those of one that imports the backend and
       builds the same model in Keras.
In turns, wall and processor time, medians. Figures are added to training.json beside this file.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training import keep

LITTLE = """
input: [8, 8, 1]
layers: [flatten, dense: {units: 10, activation: softmax}]
train: {data: digits, optimizer: {sgd: {momentum: 0}}, lr: 0.01, batch: 8, epochs: 100000}
"""
EPOCHS = 20  # a round

UNTIL_THE_FIRST_BATCH = """
import os, sys
from cnncli.cli import main, progress
progress.Plain.progress = lambda self, progress: os._exit(0)
main(sys.argv[1:])
"""
UNTIL_THE_MODEL = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
from cnncli import load
from cnncli.keras_model import build
build(load(sys.argv[1]).network)
os._exit(0)
"""


def host(rounds: int) -> None:
    """Milliseconds a step."""
    from cnncli import load
    from cnncli.training.loop import Loop
    from cnncli.training.machine import Machine
    from cnncli.training.prepare import Request, prepare
    from cnncli.training.run import awake, plan_of

    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "little.yaml")
        spec.write_text(LITTLE, encoding="utf-8")
        document: Any = load(str(spec))
    prepared = prepare(Request(document, document.recipe, None, Machine("cpu")))
    engine, _ = awake(prepared)
    plan = plan_of(prepared, engine)
    loop = Loop(engine, plan, document.recipe, None)
    steps = EPOCHS * plan.steps

    def looped() -> None:
        until = loop.step + steps
        while loop.step < until:
            loop.advance()

    order = [plan.order(epoch) for epoch in range(EPOCHS)]

    def graph() -> None:
        import numpy as np

        engine.steps(np.concatenate(order), (), np.full(steps, 0.01, np.float32))

    ways: dict[str, Callable[[], object]] = {"loop": looped, "graph": graph, "fit": fitted(prepared)}
    taken = in_turns(ways, rounds, os.times)
    figures: dict[str, Any] = {"rounds": rounds, "steps_a_round": steps, "batch": plan.batch}
    for kind, seconds in taken.items():
        each = {way: 1e3 * statistics.median(values) / steps for way, values in seconds.items()}
        beyond = [1e3 * (a - b) / steps for a, b in zip(seconds["loop"], seconds["graph"], strict=True)]
        figures[f"{kind}_ms_a_step"] = {
            **{way: round(value, 4) for way, value in each.items()},
            "host": round(statistics.median(beyond), 4),
        }
    print(figures)
    keep("host", "8×8 digits, one dense layer", figures)


def fitted(prepared: Any) -> Callable[[], object]:
    """The same steps in `model.fit`."""
    import keras

    from cnncli.keras_model import build

    model = build(prepared.network)
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    x, y = prepared.data.train.x.astype("float32") / 255, prepared.data.train.y
    return lambda: model.fit(x, y, batch_size=prepared.recipe.batch, epochs=EPOCHS, verbose=0)


def start(name: str, data_dir: str, rounds: int) -> None:
    """Seconds of a process."""
    data = ["--data-dir", data_dir] if data_dir else ["--data", "digits"]

    def trained() -> None:
        with tempfile.TemporaryDirectory() as folder:
            run([UNTIL_THE_FIRST_BATCH, "train", name, *data, "--device", "cpu", "-o", f"{folder}/run"])

    taken = in_turns({"first_batch": trained, "model": lambda: run([UNTIL_THE_MODEL, name])}, rounds, children)
    figures: dict[str, Any] = {"rounds": rounds}
    for kind, seconds in taken.items():
        figures[f"{kind}_seconds"] = {way: round(statistics.median(values), 3) for way, values in seconds.items()}
        ratios = [a / b for a, b in zip(seconds["first_batch"], seconds["model"], strict=True)]
        figures[f"{kind}_ratio"] = round(statistics.median(ratios), 3)
    print(name, figures)
    keep("start", name, figures)


def run(told: list[str]) -> None:
    subprocess.run([sys.executable, "-c", *told], check=True, stdout=subprocess.DEVNULL)


def children() -> Any:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime, used.ru_stime


def in_turns(ways: dict[str, Callable[[], object]], rounds: int, used: Callable[[], Any]) -> dict[str, dict[str, list[float]]]:
    """Wall and processor seconds of each way, by round, after one round that does not count."""
    taken: dict[str, dict[str, list[float]]] = {kind: {way: [] for way in ways} for kind in ("wall", "cpu")}
    for number in range(rounds + 1):
        for way, do in ways.items():
            begun, before = time.perf_counter(), sum(used()[:2])
            do()
            if number:
                taken["wall"][way].append(time.perf_counter() - begun)
                taken["cpu"][way].append(sum(used()[:2]) - before)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["host", "start"])
    parser.add_argument("names", nargs="*", default=["lenet"])
    parser.add_argument("--data-dir", default=os.environ.get("CNNCLI_DATA", ""))
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    if told.what == "host":
        host(told.rounds)
    else:
        for name in told.names:
            start(name, told.data_dir, told.rounds)


if __name__ == "__main__":
    main()
