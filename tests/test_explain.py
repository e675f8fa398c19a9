"""Workings: what is shown is what is counted, for every kind, option and architecture."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_layers import ROWS

from cnncli import analyze, load
from cnncli.cli import main
from cnncli.cli.commands.explain import TOPICS as OFFERED
from cnncli.explain import TOPICS, Explanation, Totals, Working, explain
from cnncli.explain.symbols import LETTERS, WORDS
from cnncli.explain.term import Term, ceil, divide, factored, named, product
from cnncli.layers import KINDS, Layer, Shape, Weight, Work
from cnncli.layers.values import Count
from cnncli.network import Input, Network
from cnncli.render.formula import LATEX, TEXT, formula
from cnncli.render.workings import Section, sections
from cnncli.render.workings import render as pieces
from cnncli.spec import shipped


def render(found: Iterable[Section], style: str) -> str:
    """The whole text."""
    return "".join(pieces(found, style))


def totals_of(network: Network, explanations: Iterable[Explanation]) -> list[Working]:
    """The sums over explained layers."""
    totals = Totals(network)
    for explanation in explanations:
        totals.add(explanation)
    return totals.workings()


def alone(layer: Layer, shapes: list[Shape]) -> Network:
    """One layer on its inputs."""
    network = Network("alone")
    places = tuple([network.place(Input(shape=shape), (), f"input_{number}").index for number, shape in enumerate(shapes)])
    network.outputs = (network.place(layer, places).index,)
    return network


def read(kind: str, options: str) -> Layer:
    """A layer from its options as a file has them."""
    return KINDS[kind].read(yaml.load(f"{{{options}}}", Loader=yaml.BaseLoader) or {})


def worked_out(text: str) -> Any:
    """What a formula with its numbers comes to, by Python's own rules: an opinion apart from the terms'."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text).replace("−", "-").replace("·", "*")
    text = text.replace("⌊", "floor(").replace("⌋", ")").replace("⌈", "ceil(").replace("⌉", ")")
    numbers = re.sub(r"\d+", lambda match: f"Fraction({match[0]})", text)
    return eval(numbers, {"Fraction": Fraction, "floor": math.floor, "ceil": math.ceil, "max": max, "min": min})


def check(explanation: Explanation, network: Network) -> None:
    """Every line that has a formula comes to its value, and one without says something in words."""
    for line in explanation.workings:
        assert line.formula is not None or line.words, line
        if line.formula is not None:
            assert worked_out(formula(line.formula, TEXT, False)) == line.value, line
    facts = explanation.node.facts
    found = {line.label: line.value for line in explanation.workings}
    if explanation.node.inputs:
        assert found["parameters"] == sum(weight.count for weight in facts.weights)
        assert found["MACs"] == facts.work.macs
        assert found.get("FLOPs", 0) == 2 * facts.work.macs
        assert sizes(explanation) == facts.output


def sizes(explanation: Explanation) -> Shape:
    """The shape that the lines about it tell."""
    found = {line.label: line.value for line in explanation.workings if line.topic == "shape"}
    before, output = explanation.node.facts.shapes[0], explanation.node.output
    if "output" in found:
        whole = found["output"]
        return whole if isinstance(whole, tuple) else (whole,)
    axes = ("depth", "height", "width")[4 - len(output) :] if len(output) in (3, 4) else ("size",)
    told = tuple([found.get(axis, found.get("size")) for axis in axes])
    return (*told, found.get("channels", before[-1]))


@pytest.mark.parametrize(("kind", "options", "shapes"), [row[:3] for row in ROWS], ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_every_kind_and_option_is_explained(kind: str, options: str, shapes: list[Shape]) -> None:
    """The workings of each hand-worked row come to the facts, line by line; nothing of it is told without its formula or words."""
    network = alone(read(kind, options), shapes)
    [*_, last] = explain(network)
    check(last, network)


def test_all_kinds_are_among_the_rows() -> None:
    """A new kind is explained before anyone notices that it is new."""
    assert {row[0] for row in ROWS} >= set(KINDS) - {"input"}


@pytest.mark.parametrize("name", shipped())
def test_every_architecture_is_explained(name: str) -> None:
    """All layers of what ships come to their facts, and the sums to the totals of the report."""
    network = load(name).network
    report = analyze(network)
    found = list(explain(network))
    seen: set[int] = set()
    for one in found:
        if id(one.node.facts) not in seen:
            seen.add(id(one.node.facts))
            check(one, network)
    sums = {line.label: line for line in totals_of(network, found)}
    for label, key in (
        ("parameters", "params"),
        ("without bias", "params_without_bias"),
        ("MACs", "macs"),
        ("FLOPs", "flops"),
        ("memory of all weights", "param_bytes"),
        ("memory of all outputs", "activation_bytes"),
        ("most at once", "peak_memory_bytes"),
    ):
        line = sums.get(label)
        assert line is None or (line.formula is not None and worked_out(formula(line.formula, TEXT, False)) == line.value)
        assert (line.value if line else report.totals["params"]) == report.totals[key], label


@pytest.mark.parametrize("name", shipped())
def test_fields_are_those_of_the_report(name: str) -> None:
    """The receptive field of every layer is told as the report has it."""
    network = load(name).network
    report = analyze(network)
    for row, one in zip(report.rows, explain(network, topics=("receptive_field",)), strict=True):
        told = [line.value for line in one.workings if line.label.startswith("receptive field") and line.value is not None]
        if told and row.receptive_field.size:
            assert max(told if isinstance(told[0], int) else told[0]) == max(row.receptive_field.size), row.name
        starts = [line.value for line in one.workings if line.label.startswith("starts at")]
        assert not starts or (row.receptive_field.start and starts[0] == row.receptive_field.start[0])
        assert all(line.formula is not None for line in one.workings if line.label.startswith(("jump", "starts at")) and not line.words)


windows = st.fixed_dictionaries(
    {
        "filters": st.integers(1, 6).map(lambda half: str(2 * half)), "kernel": st.integers(1, 5).map(str),
        "stride": st.integers(1, 4).map(str),
        "padding": st.one_of(st.just("same"), st.just("valid"), st.integers(0, 3).map(str)), "dilation": st.integers(1, 3).map(str),
        "groups": st.sampled_from(["1", "2"]), "bias": st.sampled_from(["true", "false"]),
    }
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(windows, st.lists(st.integers(13, 30), min_size=1, max_size=3), st.sampled_from(["conv", "conv_transpose"]))
def test_any_convolution_is_explained(options: dict[str, str], size: list[int], kind: str) -> None:
    """Whatever the options and the number of axes, each line comes to its fact by its formula."""
    network = alone(KINDS[kind].read(dict(options)), [(*size, 4)])
    [*_, last] = explain(network)
    check(last, network)
    assert all(line.formula is not None for line in last.workings if line.topic in ("shape", "params", "macs"))


class Toy(Layer):
    """A layer that nobody told the room about."""

    kind = "toy"
    filters: Count
    sheets: Count

    def output(self, x: Shape) -> Shape:
        return (*(n // 2 + 1 for n in x[:-1]), self.filters)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return Weight("maps", (self.sheets, x[-1], self.filters)), Weight("shift", (self.filters,))

    def work(self, x: Shape) -> Work:
        return Work(macs=math.prod(self.output(x)) * x[-1] * self.sheets)


def test_a_new_layer_needs_nothing() -> None:
    """The workings are read off the code of a layer: one that is new is explained without a word about it."""
    network = alone(Toy(filters=8, sheets=5), [(9, 9, 3)])
    [*_, last] = explain(network)
    check(last, network)
    text = render(sections([last]), "text")
    assert "⌊n/2⌋ + 1 = ⌊9/2⌋ + 1 = 5" in text
    assert "(5·C + 1)·F = (5·3 + 1)·8 = 128" in text
    assert "n'·n'·F·5·C" not in text  # numbers stand first
    assert "5·n'·n'·F·C = 5·5·5·8·3 = 3,000" in text


n, k, p, s, c, f = named("n", 227), named("k", 11), named("p", 0), named("s", 4), named("C", 3), named("F", 96)


@pytest.mark.parametrize(
    ("number", "letters", "numbers"),
    [
        ((n + p + p - ((k - 1) * 1 + 1)) // s + 1, "⌊(n − k + 2·p)/s⌋ + 1", "⌊(227 − 11 + 2·0)/4⌋ + 1"),
        (-(-(n - k) // s) + 1, "⌈(n − k)/s⌉ + 1", "⌈(227 − 11)/4⌉ + 1"),
        (factored(k * k * c * f + f), "(k·k·C + 1)·F", "(11·11·3 + 1)·96"),
        (c + c + c + c, "4·C", "4·3"),
        (f // c, "F/C", "96/3"),
        (n - (k - p), "n − k + p", "227 − 11 + 0"),
        (2 * (n - 1), "2·(n − 1)", "2·(227 − 1)"),
        (n - 2 * (k - 1), "n − 2·(k − 1)", "227 − 2·(11 − 1)"),
        (divide(n, product([s, k])), "n/(s·k)", "227/(4·11)"),
        (ceil(n, 1), "n", "227"),
        (k - k, "0", "0"),
        (named("first", -3) - named("last", -2), "first − last", "(−3) − (−2)"),
    ],
    ids=str,
)
def test_terms_are_written_as_people_do(number: int, letters: str, numbers: str) -> None:
    """Like terms together, constants worked in, parentheses where they are needed and nowhere else; the value is that of the sum."""
    assert formula(number, TEXT, True) == letters
    assert formula(number, TEXT, False).replace("(−3)", "(−3)") in (numbers, numbers.replace("(−3)", "−3"))
    assert worked_out(formula(number, TEXT, False)) == (number.value if isinstance(number, Term) else number)


def test_latex_of_a_term() -> None:
    """Fractions stand one above the other, thousands are kept together, words are upright."""
    assert formula((n - k) // s + 1, LATEX, True) == r"\left\lfloor \frac{n - k}{s} \right\rfloor + 1"
    assert formula(named("n'_h", 34944) + 1, LATEX, False) == "34{,}944 + 1"
    assert formula(named("n'_h", 5) + named("MACs", 2), LATEX, True) == r"n'_{\mathrm{h}} + \mathrm{MACs}"


def run(*words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(main, [*words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_convolution_as_a_teacher_writes_it() -> None:
    """AlexNet's first layer: size, parameters, MACs, field: formula, numbers, result."""
    text = run("explain", "alexnet", "conv_1")
    for line in (
        "⌊(n − k + 2·p)/s⌋ + 1 = ⌊(227 − 11 + 2·0)/4⌋ + 1 = 55",
        "(k·k·C + 1)·F = (11·11·3 + 1)·96 = 34,944",
        "n'·n'·F·k·k·C = 55·55·96·11·11·3 = 105,415,200",
        "r + (k − 1)·j = 1 + (11 − 1)·1 = 11 pixels",
        "j·s = 1·4 = 4 pixels",
        "params·bytes = 34,944·4 = 139,776 bytes",
    ):
        assert line in text


def test_same_padding_shows_its_padding() -> None:
    """`same` is told from the size that it aims at to the padding that it takes, the odd pixel after."""
    network = alone(read("conv", "filters: 8, kernel: 7, stride: 2, padding: same"), [(224, 224, 3)])
    text = render(sections([*explain(network, topics=("shape",))][1:]), "text")
    assert "⌈n/s⌉ = ⌈224/2⌉ = 112" in text
    assert "max((n' − 1)·s + k − n, 0) = max((112 − 1)·2 + 7 − 224, 0) = 5" in text
    assert "⌊P/2⌋ = ⌊5/2⌋ = 2" in text
    assert "P − ⌊P/2⌋ = 5 − ⌊5/2⌋ = 3" in text


def test_padding_moves_the_first_pixel() -> None:
    """Padding of 3, then of 1 at a jump of 2: output 0 sees from -3, then from -5."""
    text = run("calc", "--input", "224x224x3", "conv:64,7,stride=2,padding=3", "conv:64,3,padding=1", "--only", "receptive-field")
    assert "start − p·j = 0 − 3·1 = −3" in text
    assert "start − p·j = −3 − 1·2 = −5" in text


def test_megabytes_stand_beside_many_bytes() -> None:
    """Bytes are exact, megabytes for the eye."""
    assert "= 553,430,176 bytes (553 MB)" in run("explain", "vgg16")


def test_batch_norm_tells_what_is_trained() -> None:
    """4 for each channel, 2 of them trained."""
    network = alone(read("batch_norm", ""), [(4, 4, 64)])
    text = render(sections([*explain(network, topics=("params",))][1:]), "text")
    assert "4·C = 4·64 = 256" in text
    assert "2·C = 2·64 = 128" in text


def test_concat_adds_the_channels() -> None:
    """Inputs that differ have numbered channels."""
    network = alone(read("concat", ""), [(5, 5, 3), (5, 5, 4)])
    assert "C_1 + C_2 = 3 + 4 = 7" in render(sections([*explain(network)][2:]), "text")


def test_weights_that_are_shared_count_once() -> None:
    """A layer that is used again has the weights of its first use, and no more."""
    network = alone(read("dense", "units: 3"), [(3,)])
    again = network.place(network.nodes[1].layer, (1,))
    again.shared = 1
    found = list(explain(network, topics=("params",)))
    assert [line.value for line in found[2].workings if line.label == "parameters"] == [0]
    assert "dense_1" in found[2].workings[0].words
    assert next(line.value for line in totals_of(network, found) if line.label == "parameters") == 12


def test_only_and_layers_choose() -> None:
    """--only names topics, LAYER names layers, with * for many; a total is told of the whole network alone."""
    text = run("explain", "lenet5", "conv_*", "--only", "params")
    assert "conv_2" in text
    assert "dense" not in text
    assert "size  " not in text
    assert "total" not in text
    assert "LeNet-5: total" in run("explain", "lenet5")
    assert [
        line["label"]
        for line in json.loads(run("explain", "lenet5", "conv_1", "--only", "macs", "--format", "json"))["sections"][0]["workings"]
    ] == [
        "MACs",
        "FLOPs",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("explain", "lenet5", "conv1"), "no layer is called 'conv1'; did you mean 'conv_1'?"),
        (("explain", "lenet5", "--only", "size"), "no topic is called 'size'; they are shape, params"),
        (("explain", "lenet5", "--only", "shapes"), "did you mean 'shape'?"),
    ],
)
def test_refusals(words: tuple[str, ...], message: str) -> None:
    """What is not there is refused with the nearest word that is."""
    done = CliRunner().invoke(main, [*words])
    assert done.exit_code == 2
    assert message in done.stderr


def test_json_has_raw_values() -> None:
    """Machines read the value raw, and the working beside it."""
    [found] = json.loads(run("explain", "vgg16", "conv_1", "--only", "macs", "--format", "json"))["sections"]
    assert found["workings"][0] == {
        "topic": "macs", "label": "MACs", "formula": "n'·n'·F·k·k·C", "numbers": "224·224·64·3·3·3", "value": 86704128,
        "unit": "", "words": "",
    }  # fmt: skip


def test_letters_are_told() -> None:
    """Each letter of an option, and of a shape, has a meaning; below the workings stand those that were met."""
    assert set(LETTERS.values()) <= set(WORDS)
    text = run("explain", "alexnet", "conv_1", "--only", "shape")
    assert text.rstrip().endswith(
        "n: size that comes in (of a vector: its numbers); p: padding on each side; k: kernel or window; s: stride; F: filters"
    )


def test_topics_are_written_out_for_help() -> None:
    """The help's topics are those of the room, which help does not wake."""
    assert OFFERED == TOPICS


def everything() -> list[Explanation]:
    """The workings of all rows."""
    return [list(explain(alone(read(kind, options), shapes)))[-1] for kind, options, shapes, *_ in ROWS]


def test_latex_is_balanced() -> None:
    """Every brace, parenthesis of \\left, and environment that is opened is closed, on its line."""
    for line in render(sections(everything()), "latex").splitlines():
        assert line.count("{") == line.count("}")
        assert line.count("\\left") == line.count("\\right")
        assert line.count("\\(") == line.count("\\)")
        assert not re.search(r"[⌊⌈·−→]", line)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    """The workings of every kind, and those of a network, are accepted by LaTeX as the body of an article without packages."""
    body = render(sections(everything()), "latex") + run("explain", "unet", "--format", "latex")
    text = "\\documentclass{article}\n\\begin{document}\n" + body + "\\end{document}\n"
    (tmp_path / "all.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_markdown_keeps_formulas_as_they_are() -> None:
    """Equations are code, so that no star or underscore in them is markup."""
    text = run("explain", "alexnet", "conv_1", "--format", "markdown")
    assert text.startswith("## conv_1: conv 96 of 11x11 /4 relu, (227, 227, 3) → (55, 55, 96)\n\n- size: `⌊(n")


def test_a_wrong_formula_is_never_shown() -> None:
    """A line whose formula does not give the fact has none: the figure alone is told."""
    from cnncli.explain.workings import working

    assert working("params", "parameters", n + 1, 228) == Working("params", "parameters", n + 1, 228)
    assert working("params", "parameters", n + 1, 229).formula is None
