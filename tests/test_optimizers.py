"""What each optimizer keeps, by its options, against the variables of Keras' own."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from cnncli.memory import training
from cnncli.optimizers import OPTIMIZERS, PRESETS, Optimizer
from cnncli.spec import loads

SPEC = "input: [8, 8, 3]\nlayers: [{conv: {filters: 4, kernel: 3}}, batch_norm, relu, {depthwise_conv: 3}, flatten, dense: 10, dense: 5]\n"
CASES: list[tuple[str, dict[str, Any], int | None]] = [
    ("sgd", {"momentum": 0.0, "nesterov": False}, 0),
    ("sgd", {"momentum": 0.0}, 0),
    ("sgd", {}, 1),
    ("sgd", {"nesterov": False}, 1),
    ("rmsprop", {}, 1),
    ("rmsprop", {"momentum": 0.9}, 2),
    ("adam", {}, 2),
    ("adam", {"beta_1": 0.0}, 2),
    ("adamw", {}, 2),
    ("lion", {}, 1),
    ("lion", {"beta_2": 0.0}, 1),
    ("muon", {}, None),
    ("muon", {"momentum": 0.0, "nesterov": False}, None),
]


def test_every_optimizer_is_tested() -> None:
    assert {name for name, _, _ in CASES} == set(OPTIMIZERS)
    assert list(PRESETS) == ["sgd", "momentum", *[name for name in OPTIMIZERS if name != "sgd"]]


def test_muon_keeps_one_number_for_a_matrix_and_two_for_all_else() -> None:
    """Kernels of dense layers are matrices; biases, normalizations and kernels of convolutions are not."""
    network = loads(SPEC).network
    matrices = 4 * 4 * 4 * 10 + 10 * 5
    trainable = sum(weight.count for node in network.nodes for weight in node.facts.weights if weight.trainable)
    assert training(network, optimizer=PRESETS["muon"]).slots == (2 * trainable - matrices) * 4


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize(("name", "options", "each"), CASES)
def test_slots_are_those_of_keras(name: str, options: dict[str, Any], each: int | None, decay: float) -> None:
    """Beside its counter and its rate, the built optimizer holds exactly the predicted numbers."""
    keras = pytest.importorskip("keras")
    from cnncli.keras_model import build
    from cnncli.training.optimizers import optimizer

    network, chosen = loads(SPEC).network, OPTIMIZERS[name](**options)
    predicted = training(network, optimizer=chosen)
    if each is not None:
        assert predicted.slots == each * predicted.gradients
    recipe = SimpleNamespace(optimizer=chosen, lr=0.01, weight_decay=decay, precision="float32")
    variables = list(build(network).trainable_variables)
    built = optimizer(recipe, variables)
    held = sum(math.prod(variable.shape) for variable in built.variables if len(variable.shape))
    assert held * 4 == predicted.slots
    assert type(built) is getattr(keras.optimizers, chosen.keras_class)
    assert built.weight_decay == (decay or None)


def test_an_optimizer_must_state_its_slots() -> None:
    class Forgetful(Optimizer):
        name = "forgetful"

    with pytest.raises(NotImplementedError):
        Forgetful().slots((3, 3))
