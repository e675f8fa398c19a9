"""What training costs and what it reaches, on the real data: python tests/benchmarks/training.py speed|accuracy NAME... [--data-dir DIR]

speed     an epoch of `cnncli train` against `model.fit` on the same model, with the same augmentation in Keras layers, and against
          a loop written by hand; in turns, in one process, so that a busy machine slows all of them.
accuracy  the shipped recipe over several seeds; with --run, of runs of it that are there already.
Figures are added to training.json beside this file. What training costs beside the mathematics is measured by overhead.py.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("training.json")


def keep(kind: str, name: str, figures: dict[str, Any]) -> None:
    """Add figures to the results."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results.setdefault(kind, {})[name] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", **figures}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def speed(name: str, data_dir: str, rounds: int, precision: str) -> None:
    """Seconds of an epoch (wall and processor), in turns."""
    from cnncli import load
    from cnncli.training.machine import Machine
    from cnncli.training.prepare import Request, prepare
    from cnncli.training.run import awake, plan_of
    from cnncli.training.settings import with_values

    document = load(name)
    recipe = with_values(document.recipe, precision=precision)
    prepared = prepare(Request(document, recipe, data_dir, Machine("cpu")))
    engine, _ = awake(prepared)
    plan = plan_of(prepared, engine)

    def ours(epoch: int) -> None:
        order, chances = plan.order(epoch), plan.chances(epoch)
        engine.steps(order, chances, [recipe.lr] * len(order))

    ways = {"cnncli": ours, "fit": fitted(prepared), "by_hand": by_hand(prepared)}
    for way in ways.values():
        way(0)  # compiles
    wall: dict[str, list[float]] = {way: [] for way in ways}
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(1, rounds + 1):
        for way, epoch in ways.items():
            begun, spent = time.perf_counter(), time.process_time()
            epoch(number)
            wall[way].append(time.perf_counter() - begun)
            cpu[way].append(time.process_time() - spent)
        print(name, precision, {way: f"{wall[way][-1]:.2f} s, {cpu[way][-1]:.2f} CPU-s" for way in ways}, flush=True)
    figures: dict[str, Any] = {"rounds": rounds}
    for kind, taken in (("wall", wall), ("cpu", cpu)):
        middle = {way: statistics.median(values) for way, values in taken.items()}
        figures[f"{kind}_seconds"] = {way: round(value, 3) for way, value in middle.items()}
        figures[f"{kind}_ratio"] = {f"to_{way}": round(middle["cnncli"] / middle[way], 3) for way in ("fit", "by_hand")}
    print(name, figures)
    keep("speed", f"{name} {precision}", figures)


def fitted(prepared: Any) -> Any:
    """An epoch of `model.fit(x, y)`: augmentation, normalization and network in Keras layers."""
    import keras
    import numpy as np

    from cnncli.keras_model import build
    from cnncli.keras_model.registry import make
    from cnncli.training.optimizers import optimizer

    shape, recipe = prepared.network.nodes[0].output, prepared.recipe
    network = build(prepared.network)
    data = prepared.data
    normal = keras.layers.Normalization(mean=data.mean, variance=np.square(data.std))
    varied = [make(layer, None, shape) for layer in recipe.augment]
    model = keras.Sequential([keras.layers.Input(shape), *varied, normal, network])
    loss: Any = "sparse_categorical_crossentropy"
    y: Any = data.train.y
    if recipe.label_smoothing:
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
        y = np.eye(len(data.classes), dtype="float32")[y]
    model.compile(optimizer(recipe, list(model.trainable_variables)), loss, metrics=["accuracy"])
    x = data.train.x.astype("float32")
    return lambda epoch: model.fit(x, y, batch_size=recipe.batch, epochs=1, verbose=0)


def by_hand(prepared: Any) -> Any:
    """An epoch of a `tf.function` written for this one network, with the augmentations of the other loop, and nothing else in it."""
    import keras
    import numpy as np
    import tensorflow as tf

    from cnncli.keras_model import build
    from cnncli.training.augment import stages
    from cnncli.training.objective import bare
    from cnncli.training.optimizers import optimizer

    recipe, data = prepared.recipe, prepared.data
    model = build(prepared.network)
    bare(model, recipe.loss)
    variables = list(model.trainable_variables)
    made = optimizer(recipe, variables)
    x, y = tf.constant(data.train.x), tf.constant(data.train.y, tf.int32)
    scale, offset = tf.constant(1 / data.std, tf.float32), tf.constant(-data.mean / data.std, tf.float32)
    varied, steps, batch = stages(recipe.augment, prepared.network.nodes[0].output[:-1]), len(data.train.y) // recipe.batch, recipe.batch
    smooth = recipe.label_smoothing

    @tf.function
    def run(order: Any, drawn: Any) -> Any:
        total = 0.0
        for n in tf.range(steps):
            images = tf.cast(tf.gather(x, order[n]), tf.float32)
            for stage, numbers in zip(varied, drawn, strict=True):
                images = stage.apply(images, tf.ensure_shape(numbers[n], (batch, None)))
            wanted = tf.one_hot(tf.gather(y, order[n]), len(data.classes)) * (1 - smooth) + smooth / len(data.classes)
            with tf.GradientTape() as tape:
                outputs = tf.cast(model(images * scale + offset, training=True), tf.float32)
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, outputs))
            made.apply(tape.gradient(loss, [one.value for one in variables]), variables)
            total += loss
        return total

    random = np.random.default_rng(0)

    def epoch(number: int) -> None:
        order = random.permutation(len(data.train.y))[: steps * batch].astype("int32").reshape(steps, batch)
        drawn = tuple(stage.draw(random, steps * batch).astype("float32").reshape(steps, batch, -1) for stage in varied)
        run(tf.constant(order), tuple(tf.constant(one) for one in drawn))

    assert keras.backend.backend() == "tensorflow"
    return epoch


def accuracy(name: str, data_dir: str, seeds: int, precision: str) -> None:
    """The shipped recipe, as `cnncli train` follows it."""
    import subprocess
    import sys
    import tempfile

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            run, begun = Path(folder, str(seed)), time.perf_counter()
            told = ["--data-dir", data_dir, "--seed", str(seed), "--precision", precision, "-o", str(run)]
            subprocess.run([sys.executable, "-m", "cnncli", "train", name, *told], check=True)
            found.append((run, {"command_seconds": round(time.perf_counter() - begun, 1)}))
        record(name, found, data_dir)


def record(name: str, found: list[tuple[Path, dict[str, Any]]], data_dir: str) -> None:
    """Note what runs of one recipe came to, and what else is known of each."""
    runs: list[dict[str, Any]] = []
    for run, more in found:
        result = json.loads((run / "result.json").read_text(encoding="utf-8"))
        runs.append({"seed": result["seed"], "accuracy": result["accuracy"], "loss": result["loss"], "tta": result.get("tta"), **more})
        epochs = [json.loads(line) for line in (run / "history.jsonl").read_text(encoding="utf-8").splitlines()]
        runs[-1]["curve"] = " ".join(f"{100 * row['test_accuracy']:.1f}" for row in epochs)  # after each epoch
    mean = statistics.mean(one["accuracy"] for one in runs)
    print(f"{name}: {100 * mean:.2f} %")
    about = {
        "params": result["predicted"]["params"],
        "epochs": result["epochs"],
        "source": result["data"]["source"].replace(data_dir, "the data folder"),
    }
    keep("accuracy", name, {"mean": mean, **about, "precision": result["recipe"]["precision"], "runs": runs})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["speed", "accuracy"])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--data-dir", default=os.environ.get("CNNCLI_DATA", "data"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--run", action="append", type=Path, help="the folder of a run that is over; of one NAME")
    told = parser.parse_args()
    for name in told.names:
        if told.what == "speed":
            speed(name, told.data_dir, told.rounds, told.precision)
        elif told.run:
            record(name, [(run, {}) for run in told.run], told.data_dir)
        else:
            accuracy(name, told.data_dir, told.seeds, told.precision)


if __name__ == "__main__":
    main()
