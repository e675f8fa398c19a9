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
