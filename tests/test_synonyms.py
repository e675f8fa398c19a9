"""Words of other programs lead to kinds, options and figures that there are, and similar words to similar words only."""

from __future__ import annotations

import pytest

from cnncli import synonyms
from cnncli.errors import nearest
from cnncli.layers import KINDS
from cnncli.totals import TOTALS

KNOWN = [kind for kind in KINDS if kind != "input"]


def test_synonyms_lead_to_what_exists() -> None:
    assert set(synonyms.KINDS.values()) <= set(KNOWN)
    assert set(synonyms.FIGURES.values()) <= set(TOTALS)
    assert not set(synonyms.KINDS) & set(KINDS)
    assert not set(synonyms.FIGURES) & set(TOTALS)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("Linear", "; here it is called 'dense' ('linear' is the identity)"),
        ("Conv2D", "; here it is called 'conv'"),
        ("attention", "; cnncli has no attention layers (cnncli layers lists the kinds)"),
        ("MultiHeadAttention", "; cnncli has no attention layers (cnncli layers lists the kinds)"),
        ("group_conv", "; write conv with groups: N"),
        ("input", "; inputs are in the section input, such as input: [224, 224, 3], and no layer"),
        ("dense 10", "; write 'dense: 10', with a colon and a space"),
        ("FC(10)", "; write 'dense: 10', with a colon and a space"),
        ("nn.Conv2d", "; here it is called 'conv'"),
        ("tf.keras.layers.Dense", "; here it is called 'dense'"),
        ("F.relu", "; here it is called 'relu'"),
        ("nn.Linear", "; here it is called 'dense' ('linear' is the identity)"),
        ("AveragePooling", "; here it is called 'avg_pool'"),
        ("InstanceNorm2d", "; here it is called 'instance_norm'"),
        ("Unflatten", "; here it is called 'reshape'"),
        ("pooling", "; write max_pool or avg_pool"),
        ("norm", "; write batch_norm, layer_norm, group_norm or instance_norm"),
        ("softmx", "; did you mean 'softmax'?"),
        ("quux", "; cnncli layers lists the kinds"),
    ],
)
def test_kind_hint(word: str, hint: str) -> None:
    assert synonyms.kind_hint(word, KNOWN) == hint


@pytest.mark.parametrize("word", ["attention", "residual", "se", "group", "input"])
def test_words_that_are_not_similar_suggest_nothing(word: str) -> None:
    assert nearest(word, ["flatten", "dense", "selu", "layer_norm", "random_crop"]) == ""


def test_a_beginning_suggests_the_only_word_that_begins_so() -> None:
    assert nearest("std", ["mean", "stddev"]) == "; did you mean 'stddev'?"
    assert nearest("str", ["stride", "strict"]) == ""
    assert nearest("flip", ["random_flip", "random_crop"]) == "; did you mean 'random_flip'?"
    assert nearest("flow", ["over_flow", "under_flow"]) == ""


@pytest.mark.parametrize(
    ("kind", "word", "hint"),
    [
        ("max_pool", "kernel", "; here it is called 'size'"),
        ("avg_pool", "kernel_size", "; here it is called 'size'"),
        ("conv", "kernel_size", "; here it is called 'kernel'"),
        ("conv", "size", "; here it is called 'kernel'"),
        ("conv", "units", "; here it is called 'filters'"),
        ("dense", "filters", "; here it is called 'units'"),
        ("upsample", "size", "; here it is called 'factor'"),
        ("conv", "in_channels", "; leave it out: it is what the layer above gives"),
        ("dense", "input_shape", "; leave it out: the size is in the section input"),
        ("conv", "data_format", "; leave it out: channels come last"),
        ("relu", "inplace", "; leave it out"),
        ("conv", "3)", "; lists have square brackets, such as [3, 3]"),
    ],
)
def test_option_hint(kind: str, word: str, hint: str) -> None:
    assert synonyms.option_hint(word, KINDS[kind].fields, kind) == hint


def test_options_that_are_meant_are_not_missing() -> None:
    assert synonyms.meant_option("kernel", KINDS["max_pool"].fields) == "size"
    assert synonyms.meant_option("kernel_size", KINDS["conv"].fields) == "kernel"
