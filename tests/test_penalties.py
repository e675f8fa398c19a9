"""l1, l2 and max_norm: what they add to the loss and to a step, and what a filter's norm is, wherever a network is built or told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnncli.convert import spec_text
from cnncli.export.keras_code import keras_code
from cnncli.export.torch_code import torch_code
from cnncli.importers import load_model
from cnncli.report import analyze
from cnncli.spec import loads

EVERYWHERE = """
input: [9, 9, 4]
layers:
  - conv: {filters: 8, kernel: 3, groups: 2, l2: 0.5, max_norm: 0.1}
  - depthwise_conv: {kernel: 3, multiplier: 2, l1: 0.25, max_norm: 0.2}
  - separable_conv: {filters: 6, kernel: 3, l1: 0.1, l2: 0.2, max_norm: 0.3}
  - conv_transpose: {filters: 8, kernel: 3, max_norm: 0.4}
  - flatten
  - dense: {units: 10, l2: 0.01, max_norm: 0.5}
"""
OURS = """
input: [9, 9, 4]
layers:
  - conv: {filters: 8, kernel: 3, padding: 1, l2: 0.5, max_norm: 0.1}
  - depthwise_conv: {kernel: 3, padding: 1, l1: 0.25, max_norm: 0.2}
  - separable_conv: {filters: 6, kernel: 3, padding: 1, l1: 0.1, l2: 0.2, max_norm: 0.3}
  - conv_transpose: {filters: 8, kernel: 3, groups: 2, max_norm: 0.4}
"""
# the axes of each kernel over which the weights of one filter lie, worked out by hand from its layout
FILTERS = {
    "conv": {"kernel": (0, 1, 2)}, "depthwise_conv": {"kernel": (0, 1)}, "conv_transpose": {"kernel": (0, 1, 3)}, "dense": {"kernel": (0,)},
    "separable_conv": {"depthwise_kernel": (0, 1), "pointwise_kernel": (0, 1, 2)},
}  # fmt: skip


@pytest.fixture
def keras() -> Any:
    return pytest.importorskip("keras", reason="trains")


def built(text: str) -> Any:
    """The Keras model of a spec."""
    from cnncli.keras_model import build

    return build(loads(text).network)


def kernels(model: Any, text: str) -> dict[tuple[str, str], Any]:
    """The kernels, as arrays, by layer and name."""
    layers = [(node, model.get_layer(node.name)) for node in loads(text).network.nodes if node.kind in FILTERS]
    pairs = [(node.name, w.name, array) for node, made in layers for w, array in zip(made.weights, made.get_weights(), strict=True)]
    return {(layer, name): array for layer, name, array in pairs if name != "bias"}


def told(network: Any) -> list[object]:
    return [tuple(getattr(node.layer, name) for name in ("l1", "l2", "max_norm")) for node in network.nodes if node.kind in FILTERS]


@pytest.mark.keras
@pytest.mark.parametrize("text", [EVERYWHERE, OURS], ids=["keras", "ours"])
def test_the_penalty_is_that_of_the_definition(keras: Any, text: str) -> None:
    """l1 times the sum of all kernels' sizes, l2 times that of their squares; no biases, nothing of frozen kernels."""
    import numpy as np

    model = built(text)
    options = {node.name: node.layer for node in loads(text).network.nodes}
    expected = sum(
        options[name].l1 * np.abs(w).sum() + options[name].l2 * np.square(w).sum()  # type: ignore[attr-defined]
        for (name, _), w in kernels(model, text).items()
    )
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    frozen = built("input: [4]\nlayers: [{dense: {units: 2, l2: 1}, freeze: kernel}]")
    assert not frozen.losses


@pytest.mark.keras
@pytest.mark.parametrize("text", [EVERYWHERE, OURS], ids=["keras", "ours"])
def test_no_filter_grows_beyond_its_norm(keras: Any, text: str) -> None:
    """After a step, the weights that lead to each filter have a norm of max_norm at most; those that were below keep theirs."""
    import numpy as np

    model = built(text)
    optimizer = keras.optimizers.SGD(0.0)  # the step itself moves nothing
    optimizer.build(model.trainable_variables)
    before = kernels(model, text)
    optimizer.apply([keras.ops.zeros_like(one) for one in model.trainable_variables], model.trainable_variables)
    for node in loads(text).network.nodes:
        for name, axes in FILTERS.get(node.kind, {}).items():
            was, now, most = before[node.name, name], kernels(model, text)[node.name, name], node.layer.max_norm  # type: ignore[attr-defined]
            if getattr(node.layer, "groups", 1) > 1 and node.kind == "conv_transpose":  # (taps, filter of a group, group, channel)
                was, now, axes = *(one.reshape(3, 3, 4, 2, -1) for one in (was, now)), (0, 1, 4)
            norms, shrunk = (np.sqrt(np.square(one).sum(axis=axes)) for one in (was, now))
            assert (norms > most).any()
            np.testing.assert_allclose(shrunk, np.minimum(norms, most), rtol=1e-4)


@pytest.mark.keras
def test_a_step_follows_the_penalty(keras: Any, tmp_path: Path) -> None:
    """A step of gradient descent goes further than without it, by the rate times l1 * sign(w) + 2 * l2 * w."""
    import numpy as np

    from cnncli.training.machine import Machine
    from cnncli.training.prepare import Request, prepare
    from cnncli.training.run import awake, plan_of

    found = []
    for penalty in ("", ", l1: 0.03, l2: 0.2"):
        document = loads(
            f"input: [8, 8, 1]\nlayers: [flatten, {{dense: {{units: 10, activation: softmax{penalty}}}}}]\n"
            "train: {data: digits, optimizer: {sgd: {momentum: 0}}, batch: 16}"
        )
        prepared = prepare(Request(document, document.recipe, None, Machine("cpu")))  # type: ignore[arg-type]
        engine, _ = awake(prepared)
        before = engine.model.get_weights()[0]
        plan = plan_of(prepared, engine)
        engine.steps(plan.order(0)[:1], tuple(one[:1] for one in plan.chances(0)), np.full(1, 0.1, np.float32))
        found.append((before, engine.model.get_weights()[0]))
    (start, free), (same, held) = found
    assert (start == same).all()
    np.testing.assert_allclose(free - held, 0.1 * (0.03 * np.sign(start) + 2 * 0.2 * start), atol=1e-6)


def test_figures_are_those_without() -> None:
    """What training alone reads changes no figure, and stands in no summary."""
    plain = EVERYWHERE.replace(", l2: 0.5, max_norm: 0.1", "").replace(", l1: 0.25, max_norm: 0.2", "")
    reports = [analyze(loads(text).network) for text in (EVERYWHERE, plain)]
    assert reports[0].figures == reports[1].figures
    assert reports[0].training == reports[1].training


def test_a_converted_network_is_penalised_alike() -> None:
    """The spec of a network has them."""
    network = loads(EVERYWHERE).network
    assert told(loads(spec_text(network)).network) == told(network)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Keras and numpy, while writing
def test_keras_files_and_code_keep_them(keras: Any, tmp_path: Path) -> None:
    """What Keras saves, and what the exported code builds, is read back with the same options; Keras loads it, our own layers too."""
    network = loads(EVERYWHERE).network
    built(EVERYWHERE).save(tmp_path / "model.keras")
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(keras_code(network), "exported", "exec"), space)
    (tmp_path / "code.json").write_text(space["build_model"]().to_json())
    for file in ("model.keras", "code.json"):
        assert told(load_model(str(tmp_path / file)).network) == told(network)
    model = built(OURS)
    model.save(tmp_path / "ours.keras")
    loaded = keras.saving.load_model(tmp_path / "ours.keras")
    assert [float(one) for one in loaded.losses] == pytest.approx([float(one) for one in model.losses])
    assert [w.constraint and w.constraint.get_config() for w in loaded.weights] == [
        w.constraint and w.constraint.get_config() for w in model.weights
    ]


def test_what_pytorch_leaves_to_the_training_is_told_in_words() -> None:
    """Its modules have no place for them."""
    assert "\nl2 0.5: conv_1\nmax_norm 0.1: conv_1\n" in torch_code(loads(EVERYWHERE).network)
