"""Mistakes in counting weights. Each rule gives what comes out, and completes the sentence "2,400 is ..."."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from ..layers import KINDS
from .case import COUNTS_WEIGHTS, Case

Slipped = Iterator[tuple[Any, str]]


def bias(case: Case) -> Slipped:
    """Without biases, with one for the layer, with one for each weight."""
    if case.quantity not in COUNTS_WEIGHTS or not case.biases:
        return
    count, each = case.biases, case.each
    rest = case.answer - count * each
    named = "the 1 bias" if count == 1 else f"the {count:,} biases"
    yield rest, f"the count without {named}"
    yield rest + each, f"the count with one bias for the whole layer; each of the {count:,} outputs has its own"
    yield 2 * rest, f"the count with a bias for every weight; there is one for each of the {count:,} outputs"


def no_bias(case: Case) -> Slipped:
    """Biases where there are none."""
    if case.quantity in COUNTS_WEIGHTS and case.option("bias") is False:
        yield case.altered(bias=True), "the count with biases; this layer has none"


def trained(case: Case) -> Slipped:
    """All for those that the gradient changes, and the reverse."""
    if case.quantity not in COUNTS_WEIGHTS or all(weight.trainable for weight in case.facts.weights):
        return
    total = sum(weight.count for weight in case.facts.weights)
    some = sum(weight.count for weight in case.facts.weights if weight.trainable)
    many, few = (total // case.channels, some // case.channels) if case.layer.kind == "batch_norm" else (0, 0)
    if case.quantity == "trainable_params":
        yield (
            total,
            f"the count with all {many} of each channel; only {few} are trained" if many else "the count of all; some are not trained",
        )
    else:
        missing = f"the {few} trained of each channel; there are {many}" if many else "those that are trained"
        yield some * case.each, f"the count with only {missing} ({total - some:,} are moving figures)"


def swapped(case: Case) -> Slipped:
    """The channels that come in for those that go out."""
    option = next((name for name in ("filters", "units") if name in case.layer.fields), "")
    if option and case.quantity != "receptive_field":
        given, made = case.channels, case.option(option)
        value = case.altered((*case.x[:-1], made), **{option: given})
        yield value, f"what comes of input and output channels swapped: {given:,} come in and {made:,} go out"


def kernel_not_squared(case: Case) -> Slipped:
    """k for k times k."""
    if not case.kernel or not any(weight.name.endswith("kernel") for weight in case.facts.weights):
        return
    along = "x".join(map(str, case.kernel))
    words = f"what comes of a kernel of {case.kernel[0]}; it has {along} = {prod(case.kernel):,} weights for each channel"
    rest = prod(case.kernel[1:])
    if case.quantity in COUNTS_WEIGHTS:
        lost = sum(weight.count for weight in case.facts.weights if weight.name in ("kernel", "depthwise_kernel"))
        yield case.answer - (lost - lost // rest) * case.each, words
    elif case.quantity in ("macs", "flops") and case.layer.kind != "separable_conv":
        yield case.answer // rest, words


def one_channel(case: Case) -> Slipped:
    """A kernel as deep as a grey image."""
    deep = case.channels // case.option("groups", 1)
    if deep > 1 and case.layer.kind in ("conv", "conv_transpose", "dense"):
        words = f"what comes of kernels one channel deep; each sees {deep:,}"
        if case.quantity in COUNTS_WEIGHTS:
            bias = case.biases * case.each
            yield (case.answer - bias) // deep + bias, words
        elif case.quantity in ("macs", "flops"):
            yield case.answer // deep, words


def groups(case: Case) -> Slipped:
    """Each filter sees all channels."""
    shared = case.option("groups", 1)
    if shared > 1 and "filters" in case.layer.fields:
        yield case.altered(groups=1), f"what comes without groups; the {shared} groups share the {case.channels:,} channels"
    if case.layer.kind in ("depthwise_conv", "separable_conv") and case.quantity in (*COUNTS_WEIGHTS, "macs", "flops"):
        names = ("kernel", "stride", "padding", "dilation", "bias", "activation")
        plain = KINDS["conv"](filters=case.out[-1], **{name: case.option(name) for name in names})
        from ..network import Facts

        yield (
            case.of(Facts(plain, case.facts.shapes)),
            f"what a plain convolution has; the {case.kernel[0] if case.kernel else 1}-wide kernels here see one channel each",
        )


def unit(case: Case) -> Slipped:
    """Numbers for bytes, kilo for kibi, thousands for ones."""
    if case.quantity not in ("param_bytes", "activation_bytes"):
        return
    size = case.report.element_bytes
    yield case.answer // size, f"how many numbers they are; each takes {size} bytes"
    yield case.answer * 8, "how many bits they are; 8 are a byte"
    yield case.answer / 1000, "the figure in kB (1,000 bytes); bytes were asked for"
    yield case.answer / 1024, "the figure in KiB (1,024 bytes); bytes were asked for"
    yield case.answer * 1000 / 1024, "what comes of KiB (1,024 bytes) told as kB (1,000 bytes)"
    yield case.answer * 1024 / 1000, "what comes of kB (1,000 bytes) told as KiB (1,024 bytes)"


WEIGHT_RULES = (bias, no_bias, trained, swapped, kernel_not_squared, one_channel, groups, unit)
