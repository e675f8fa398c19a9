"""What each kind computes by hand, against definitions, against finite differences, and against the automatic differentiation of Keras."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_keras_counterparts import ROWS
from test_keras_counterparts import network as network_of

from cnncli.by_hand.array import Array, from_nested
from cnncli.by_hand.rules import RULES
from cnncli.by_hand.supply import needed
from cnncli.by_hand.trace import forward, gradients
from cnncli.by_hand.variable import dot
from cnncli.errors import CnncliError, UsageError
from cnncli.layers import KINDS
from cnncli.network import Network

CASES = [
    *ROWS,
    ("conv", "{filters: 3, kernel: 2, activation: softmax}", "[4, 2]"),
    ("conv", "{filters: 2, kernel: 2, activation: prelu}", "[3, 3, 1]"),
]


def drawn(network: Network, seed: int) -> tuple[dict[int, dict[str, Array]], dict[int, Array]]:
    """Weights and inputs at random; variances above 0."""
    chance = Random(seed)

    def numbers(shape: tuple[int, ...], low: float) -> Array:
        return Array(shape, [chance.uniform(low, 2.0) for _ in range(prod(shape))])

    weights = {
        node.index: {w.name: numbers(w.shape, 0.5 if "variance" in w.name else -2.0) for w in needed(node)} for node in network.nodes
    }
    return weights, {node.index: numbers(node.output, -2.0) for node in network.nodes if not node.inputs}


def result(network: Network, weights: Any, inputs: Any) -> list[Any]:
    return forward(network, weights, inputs)[-1].output.values


def weighing(factors: list[float]) -> Any:
    """The outputs, each times a factor: no two outputs weigh the same."""
    return lambda steps: dot(steps[-1].output.values, factors)


def test_every_kind_has_a_rule() -> None:
    """There is a rule for every kind of the vocabulary, no more, and a case that tries it."""
    assert set(RULES) == {kind for kind in KINDS if kind != "opaque"}
    assert {kind for kind, *_ in CASES} >= set(RULES) - {"input"}


@pytest.mark.parametrize(("kind", "options", "shapes"), CASES)
def test_gradients_are_those_of_finite_differences(kind: str, options: str, shapes: str) -> None:
    """A small step in any direction of weights and inputs changes the result by its product with the gradient."""
    network = network_of(kind, options, shapes)
    weights, inputs = drawn(network, 3)
    chance = Random(4)
    factors = [chance.uniform(-1, 1) for _ in range(prod(network.nodes[-1].output))]
    traced = gradients(network, weights, inputs, weighing(factors))
    trained = {node.index: [w.name for w in needed(node) if w.trainable] for node in network.nodes}
    slopes = [(weights[i][name], traced.weights[i][name]) for i, names in trained.items() for name in names]
    slopes += [(array, traced.slopes[index][0]) for index, array in inputs.items()]
    for _ in range(3):
        steps = [[chance.uniform(-1, 1) for _ in array.values] for array, _ in slopes]
        values = []
        for sign in (1, -1):
            for (array, _), step in zip(slopes, steps, strict=True):
                array.values[:] = [value + sign * 1e-6 * one for value, one in zip(array.values, step, strict=True)]
            values.append(dot(result(network, weights, inputs), factors))
            for (array, _), step in zip(slopes, steps, strict=True):
                array.values[:] = [value - sign * 1e-6 * one for value, one in zip(array.values, step, strict=True)]
        predicted = sum(dot(slope.values, step) for (_, slope), step in zip(slopes, steps, strict=True))
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(predicted, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("kind", "options", "shapes"), CASES)
def test_variables_compute_what_plain_numbers_do(kind: str, options: str, shapes: str) -> None:
    """The way there is the same with gradients and without."""
    network = network_of(kind, options, shapes)
    weights, inputs = drawn(network, 5)
    steps = gradients(network, weights, inputs, lambda steps: 0).steps
    assert [step.output for step in steps] == [step.output for step in forward(network, weights, inputs)]


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("kind", "options", "shapes"), CASES)
def test_values_and_gradients_are_those_of_keras(kind: str, options: str, shapes: str) -> None:
    """Outputs, and the gradients of weights and inputs, are to 1e-6 those of automatic differentiation; also at corners and ties."""
    keras = pytest.importorskip("keras")
    import numpy as np

    from cnncli.keras_model import build
    from cnncli.verify.backend import gradients as automatic

    dtype = "float32" if kind in ("max_pool", "avg_pool") and shapes.count(",") > 2 else "float64"  # TensorFlow has no other pools in 3-D
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        network = network_of(kind, options, shapes)
        model = build(network)
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(policy)
    for whole in (False, dtype == "float64"):  # in 3-D TensorFlow shares a tie, in 1-D and 2-D the first gets all
        weights, inputs = drawn(network, 6)
        if whole:  # whole numbers, many of them equal: corners of activations, ties of maxima
            for array in inputs.values():
                array.values[:] = [round(value) for value in array.values]
        layer = model.layers[-1]
        model([np.zeros((1, *array.shape), dtype) for array in inputs.values()], training=False)  # makes weights that come late
        if needed(network.nodes[-1]):
            for variable in layer.weights:
                array = weights[network.nodes[-1].index][variable.path.rpartition("/")[2]]
                variable.assign(np.array(array.values, dtype).reshape(variable.shape))
        factors = [Random(7).uniform(-1, 1) for _ in range(prod(network.nodes[-1].output))]
        traced = gradients(network, weights, inputs, weighing(factors))
        arrays = [np.array(array.values, dtype).reshape(1, *array.shape) for array in inputs.values()]
        states = [variable.numpy() for variable in layer.trainable_variables]

        def call(*parts: Any) -> Any:
            images, values = parts[: len(arrays)], parts[len(arrays) :]  # noqa: B023
            mapping = [(variable, value) for variable, value in zip(layer.trainable_variables, values, strict=True)]  # noqa: B023
            with keras.StatelessScope(state_mapping=mapping):
                return model(list(images) if len(images) > 1 else images[0], training=False)

        output = np.asarray(call(*arrays, *states))
        assert traced.steps[-1].output.values == pytest.approx(output.ravel().tolist(), rel=1e-6, abs=1e-6)
        found = automatic(call, [*arrays, *states], np.array(factors, dtype).reshape(output.shape))
        for index, gradient in zip(inputs, found, strict=False):
            assert traced.slopes[index][0].values == pytest.approx(gradient.ravel().tolist(), rel=1e-6, abs=1e-6)
        for variable, gradient in zip(layer.trainable_variables, found[len(arrays) :], strict=True):
            own = traced.weights[network.nodes[-1].index][variable.path.rpartition("/")[2]]
            assert own.values == pytest.approx(gradient.ravel().tolist(), rel=1e-6, abs=1e-6)


small = st.integers(-9, 9)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_conv_is_its_definition(data: st.DataObject) -> None:
    """y[o, f] = sum over taps t and channels c of x[o * stride + t * dilation - before, c] * kernel[t, c, f], exactly."""
    h, w, c, f = (data.draw(st.integers(1, n)) for n in (6, 6, 3, 3))
    k, stride, dilation, before, after = (data.draw(st.integers(low, 3)) for low in (1, 1, 1, 0, 0))
    options = f"{{filters: {f}, kernel: {k}, stride: {stride}, dilation: {dilation}, padding: [[{before}, {after}], [{before}, {after}]]}}"
    try:
        network = network_of("conv", options, f"[{h}, {w}, {c}]")
    except CnncliError:
        assume(False)
    x = data.draw(st.lists(small, min_size=h * w * c, max_size=h * w * c))
    kernel = data.draw(st.lists(small, min_size=k * k * c * f, max_size=k * k * c * f))
    bias = data.draw(st.lists(small, min_size=f, max_size=f))
    weights = {1: {"kernel": Array((k, k, c, f), kernel), "bias": Array((f,), bias)}}
    expected = []
    out = network.nodes[1].output
    for row, column, number in product(*map(range, out)):
        total = bias[number]
        for i, j, channel in product(range(k), range(k), range(c)):
            y, z = row * stride + i * dilation - before, column * stride + j * dilation - before
            if 0 <= y < h and 0 <= z < w:
                total += x[(y * w + z) * c + channel] * kernel[((i * k + j) * c + channel) * f + number]
        expected.append(total)
    found = result(network, weights, {0: Array((h, w, c), x)})
    assert found == expected
    assert all(type(value) is int for value in found)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_transposed_convolution_is_the_gradient_of_convolution(data: st.DataObject) -> None:
    """For any y: the gradient of sum(conv(x) * y) with respect to x is the transposed convolution of y, with the same kernel."""
    size, k, stride, dilation, cut, groups = (
        data.draw(st.integers(low, high)) for low, high in ((1, 7), (1, 3), (1, 3), (1, 3), (0, 2), (1, 2))
    )
    c, f = groups * data.draw(st.integers(1, 2)), groups * data.draw(st.integers(1, 2))
    common = f"kernel: {k}, stride: {stride}, dilation: {dilation}, padding: {cut}, groups: {groups}, bias: false"
    try:
        conv = network_of("conv", f"{{filters: {f}, {common}}}", f"[{size}, {c}]")
        places = conv.nodes[1].output[0]
        extra = size - ((places - 1) * stride + (k - 1) * dilation + 1 - 2 * cut)
        assume(0 <= extra < max(stride, dilation))
        back = network_of("conv_transpose", f"{{filters: {c}, {common}, output_padding: {extra}}}", f"[{places}, {f}]")
    except CnncliError:
        assume(False)
    assert back.nodes[1].output == (size, c)
    y = data.draw(st.lists(small, min_size=places * f, max_size=places * f))
    kernel = data.draw(st.lists(small, min_size=k * c // groups * f, max_size=k * c // groups * f))
    weights = {1: {"kernel": Array((k, c // groups, f), kernel)}}
    slopes = gradients(conv, weights, {0: Array((size, c), [0] * (size * c))}, weighing(y)).slopes[0][0]  # type: ignore[arg-type]
    assert result(back, weights, {0: Array((places, f), y)}) == slopes.values


def one(kind: str, options: str, x: Any, weights: Any = None) -> Any:
    """The output of one layer for nested lists."""
    array = from_nested(x)
    network = network_of(kind, options, str([*array.shape]))
    given = {name: from_nested(value) for name, value in (weights or {}).items()}
    return forward(network, {1: given}, {0: array})[-1].output.nested()


@pytest.mark.parametrize(
    ("kind", "options", "x", "weights", "expected"),
    [
        ("dense", "2", [1, 2], {"kernel": [[1, 2], [3, 4]], "bias": [10, 20]}, [17, 30]),
        ("max_pool", "2", [[1], [5], [2], [0]], None, [[5], [2]]),
        ("avg_pool", "{size: 2, padding: same}", [[1], [2], [4]], None, [[Fraction(3, 2)], [4]]),
        ("global_max_pool", "", [[1, 7], [5, 2]], None, [5, 7]),
        ("adaptive_avg_pool", "2", [[1], [2], [4]], None, [[Fraction(3, 2)], [3]]),
        ("adaptive_max_pool", "2", [[1], [4], [2]], None, [[4], [4]]),
        ("upsample", "2", [[1], [2]], None, [[1], [1], [2], [2]]),
        ("upsample", "{factor: 2, mode: bilinear}", [[0], [4]], None, [[0], [1], [3], [4]]),
        ("resize", "{size: 4, coordinates: align_corners}", [[0], [6]], None, [[0], [2], [4], [6]]),
        ("resize", "{size: 2}", [[0], [6], [9]], None, [[Fraction(3, 2)], [Fraction(33, 4)]]),
        ("resize", "{factor: 1.5, mode: nearest}", [[1], [2]], None, [[1], [2], [2]]),
        ("pad", "[[1, 2]]", [[5]], None, [[0], [5], [0], [0]]),
        ("crop", "[[1, 0]]", [[1], [2]], None, [[2]]),
        ("permute", "[2, 1]", [[1, 2], [3, 4], [5, 6]], None, [[1, 3, 5], [2, 4, 6]]),
        ("depth_to_space", "2", [[[1, 2, 3, 4, 5, 6, 7, 8]]], None, [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ("depth_to_space", "{block: 2, mode: crd}", [[[1, 2, 3, 4, 5, 6, 7, 8]]], None, [[[1, 5], [2, 6]], [[3, 7], [4, 8]]]),
        ("space_to_depth", "2", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], None, [[[1, 2, 3, 4, 5, 6, 7, 8]]]),
        ("space_to_depth", "{block: 2, mode: crd}", [[[1, 5], [2, 6]], [[3, 7], [4, 8]]], None, [[[1, 2, 3, 4, 5, 6, 7, 8]]]),
        ("channel_shuffle", "2", [1, 2, 3, 4], None, [1, 3, 2, 4]),
        ("channel_slice", "{start: 1, stop: 3}", [1, 2, 3, 4], None, [2, 3]),
        ("channel_pad", "{before: 1, after: 2}", [7], None, [0, 7, 0, 0]),
        ("hard_sigmoid", "", [-4, 0, 1, 4], None, [0, Fraction(1, 2), Fraction(2, 3), 1]),
        ("relu", "", [-1, 3], None, [0, 3]),
        ("relu", "{max: 4, slope: 0.5, threshold: 2}", [-2, 1, 2, 3, 9], None, [-2, -0.5, 0, 3, 4]),
        ("relu6", "", [-1, 3, 9], None, [0, 3, 6]),
        ("softsign", "", [-1, 0, 3], None, [Fraction(-1, 2), 0, Fraction(3, 4)]),
        ("hard_tanh", "", [-3, Fraction(1, 2), 1, 3], None, [-1, Fraction(1, 2), 1, 1]),
        ("dropout", "0.5", [1, 2], None, [1, 2]),
        ("random_flip", "", [[[1], [2]]], None, [[[1], [2]]]),
        # kernel 3 stamped at 0 and 2: 1 2 3 0 0 + 0 0 2 4 6
        ("conv_transpose", "{filters: 1, kernel: 3, stride: 2, bias: false}", [[1], [2]], {"kernel": [[[1]], [[2]], [[3]]]},
         [[1], [2], [5], [4], [6]]),
        ("depthwise_conv", "{kernel: 1, multiplier: 2, bias: false}", [[1, 10]], {"kernel": [[[2, 3], [4, 5]]]}, [[2, 3, 40, 50]]),
        ("batch_norm", "{epsilon: 0}", [5], {"gamma": [2], "beta": [1], "moving_mean": [3], "moving_variance": [4]}, [3]),
    ],
)  # fmt: skip
def test_rules_worked_out_by_hand(kind: str, options: str, x: Any, weights: Any, expected: Any) -> None:
    """Small cases with pencil and paper; whole numbers and fractions come out exactly."""
    assert one(kind, options, x, weights) == expected


def test_softmax_holds_for_large_numbers() -> None:
    """Softmax does not overflow: only differences count."""
    assert one("softmax", "", [1000, 1000]) == [0.5, 0.5]
    assert one("sigmoid", "", [-2000, 2000]) == [0.0, 1.0]
    assert one("softplus", "", [-2000, 2000]) == [0.0, 2000.0]


def test_a_tie_gives_its_gradient_to_the_first_of_a_window_and_to_all_of_a_map() -> None:
    """Max pooling of equal numbers passes the gradient to the first; global max pooling shares it."""
    for kind, options, expected in (("max_pool", "2", [1, 0]), ("global_max_pool", "", [Fraction(1, 2)] * 2)):
        network = network_of(kind, options, "[2, 1]")
        assert gradients(network, {}, {0: Array((2, 1), [3, 3])}, weighing([1])).slopes[0][0].values == expected


def test_shared_layers_gather_the_gradients_of_all_their_uses() -> None:
    """A layer that is used twice has one set of weights, whose gradient is the sum of both."""
    network = network_of("dense", "{units: 1, bias: false}", "[1]")
    again = network.place(network.nodes[1].layer, (1,))
    again.shared = 1
    weights = {1: {"kernel": Array((1, 1), [3])}}
    traced = gradients(network, weights, {0: Array((1,), [5])}, weighing([1]))
    assert traced.steps[-1].output.values == [45]  # w * w * x
    assert traced.weights[1]["kernel"].values == [30]  # 2 * w * x


def test_an_unknown_kind_is_refused_by_its_name() -> None:
    """What has no rule is refused, never skipped."""
    from cnncli.importers.opaque import Opaque

    network = network_of("relu", "", "[2]")
    network.place(Opaque(shape=(2,)), (1,), "mystery")
    with pytest.raises(UsageError, match="mystery is a layer of the kind opaque, which is not computed by hand"):
        forward(network, {}, {0: Array((2,), [1, 2])})


def test_what_has_no_value_is_refused_by_the_layer() -> None:
    """Division by zero and overflow name the layer."""

    with pytest.raises(UsageError, match="batch_norm_1 divides by zero"):
        one("batch_norm", "{epsilon: 0}", [5], {"gamma": [2], "beta": [1], "moving_mean": [3], "moving_variance": [0]})
    with pytest.raises(UsageError, match="rescale_1 meets numbers that are too large"):
        one("rescale", "{scale: 1e38}", [10**300])
    with pytest.raises(UsageError, match="elu_1 meets numbers that are too large"):
        one("elu", "", [-(10**400)])


def test_the_objective_of_nothing_has_no_slopes() -> None:
    """A constant objective gives gradients of 0: those of the other tests come from the objective."""
    network = network_of("relu", "", "[2]")
    traced = gradients(network, {}, {0: Array((2,), [1, 2])}, lambda steps: 7)
    assert traced.objective == 7
    assert traced.slopes[0][0].values == [0, 0]
