"""Random networks: legal, odd, complete, drawn again by their seed, and made small when they fail. And what holds for all networks."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings
from strategies import networks

from cnncli.layers import KINDS
from cnncli.network import Network
from cnncli.random_networks import OPTIONS, Draft, random_draft, shrunk
from cnncli.receptive_field import trace
from cnncli.report import analyze
from cnncli.spec import loads

SEEDS = range(1500)
WORDS = {"blocks:", "defaults:", "outputs:", "repeat:", "from:", "freeze:", "weights:", "left:", "$number"}


def test_every_option_of_every_kind_can_be_drawn() -> None:
    """A new kind or option must be entered in the table of draws."""
    assert {kind: set(draws) for kind, draws in OPTIONS.items()} == {
        kind: set(cls.fields) for kind, cls in KINDS.items() if kind != "input"
    }


def test_drawn_networks_are_legal_and_together_have_everything() -> None:
    """Every draft is accepted as a spec, and among many all kinds and options occur, on 1 to 3 axes, with every way of wiring."""
    seen: Counter[object] = Counter()
    for seed in SEEDS:
        draft = random_draft(Random(seed))
        text = draft.text()
        network = loads(text, "random").network
        for node in network.nodes:
            seen[node.kind, len(node.output)] += 1
            seen.update((node.kind, name) for name, field in node.layer.fields.items() if getattr(node.layer, name) != field.default)
        seen.update(word for word in WORDS if word in text)
    wanted = {(kind, name) for kind, cls in KINDS.items() for name in cls.fields}
    wanted |= {(kind, axes) for kind in ("conv", "conv_transpose", "max_pool", "depthwise_conv") for axes in (2, 3, 4)}
    assert (wanted | WORDS) - set(seen) == set()


def test_a_seed_draws_the_same_network_again() -> None:
    """A network is known by its seed."""
    assert random_draft(Random(11)).text() == random_draft(Random(11)).text() != random_draft(Random(12)).text()


def test_what_fails_becomes_small() -> None:
    """Whatever does not matter for the failure is left out: items, branches, options, names, outputs, the input's size."""

    def fails(draft: Draft) -> bool:
        try:
            network = loads(draft.text(), "random").network
        except Exception:
            return False
        return any(node.kind == "conv" and node.layer.stride not in (1, (1,)) for node in network.nodes)  # type: ignore[attr-defined]

    sizes = []
    for seed in SEEDS:
        draft = random_draft(Random(seed))
        if len(sizes) < 8 and fails(draft):
            smallest = shrunk(draft, fails)
            assert fails(smallest)
            sizes.append((len(smallest.layers), max(map(len, [*smallest.blocks.values(), smallest.layers])), len(smallest.outputs)))
    assert sizes == [(1, 1, 0)] * 8


@settings(max_examples=150, deadline=None)
@given(networks())
def test_totals_are_the_sums_of_the_rows(network: Network) -> None:
    """What can be added up adds up: layer by layer, folded by blocks, and in total."""
    report = analyze(network)
    for depth in (0, 1, 2):
        for name in ("params", "macs", "activation_bytes", "element_wise"):
            rows = sum(getattr(row.figures, name) for row in report.folded(depth))
            assert rows == sum(getattr(row.figures, name) for row in report.rows)
            assert rows == report.totals[name]


@settings(max_examples=150, deadline=None)
@given(networks())
def test_what_is_seen_lies_in_the_receptive_field(network: Network) -> None:
    """What a position really sees, cut at the borders of every map, lies within its receptive field, which knows no borders."""
    fields = analyze(network).fields
    for node in network.nodes:
        field, size = fields[node.index], node.output[:-1]
        for position in {tuple(0 for _ in size), tuple((n - 1) // 2 for n in size), tuple(n - 1 for n in size)}:
            seen, whole = trace(network, node.index, position), field.at(position)
            if seen and whole and not field.sees_all:
                assert all(a <= first and last <= b for (first, last), (a, b) in zip(seen, whole, strict=True))


@settings(max_examples=150, deadline=None)
@given(networks())
def test_the_peak_holds_at_least_the_largest_tensor(network: Network) -> None:
    """At its peak, inference holds at least as much as any single output, and no more than all outputs together."""
    report = analyze(network)
    each = [row.figures.activation_bytes for row in report.rows]
    assert max(each) <= report.peak.bytes <= sum(each)
