"""What is drawn: golden files, and what must hold of every drawing whatever it looks like.

CNNCLI_UPDATE_GOLDEN=1 pytest tests/test_render.py writes the golden files anew; look at the difference before you keep it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from cnncli import analyze
from cnncli.errors import UsageError
from cnncli.render import FORMATS, summaries, tables
from cnncli.render.columns import COLUMNS, DEFAULT, chosen
from cnncli.render.document import document, layer, schema
from cnncli.render.lookup import look_up
from cnncli.render.summary import RULES
from cnncli.render.values import bare, megabytes, people, plain
from cnncli.report import Report
from cnncli.spec import load, loads, shipped

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"table": "txt", "json": "json", "jsonl": "jsonl", "csv": "csv", "markdown": "md", "latex": "tex"}
DRAWN = ["lenet5", "resnet50", "seresnet50", "googlenet_aux", "c3d", "m5_audio", "unet"]


def drawn(*args: object, **kwargs: object) -> str:
    return "".join(summaries(*args, **kwargs))  # type: ignore[arg-type]


def same_as_golden(text: str, name: str) -> None:
    """Compare with the file, or write it where CNNCLI_UPDATE_GOLDEN is set."""
    path = GOLDEN / name
    if os.environ.get("CNNCLI_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def odd() -> Report:
    """A small network with all that is hard to draw."""
    return analyze(loads((GOLDEN / "network.yaml").read_text(encoding="utf-8"), "network.yaml"))


@pytest.mark.parametrize("style", FORMATS)
def test_formats_are_as_they_were(odd: Report, style: str) -> None:
    """Each format draws the odd network as its golden file has it."""
    same_as_golden(drawn([odd], style), f"summary.{ENDINGS[style]}")


def test_all_columns_folded_are_as_they_were(odd: Report) -> None:
    """All columns at depth 1, and networks side by side at depth 0, are drawn as the golden files have it."""
    same_as_golden(drawn([odd], "table", "all", 1), "all_columns_depth_1.txt")
    same_as_golden(drawn([odd, analyze(load("lenet5"))], "markdown", "default,flops", 0), "side_by_side.md")


@pytest.mark.parametrize("width", [120, 80, 60, 40])
def test_terminal_is_as_it_was(odd: Report, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the same is drawn within its width."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    text = re.sub(r"\x1b\[[0-9;]*m", "", drawn([odd], "table", width=width))
    same_as_golden("\n".join(line.rstrip() for line in text.splitlines()) + "\n", f"terminal_{width}.txt")


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("width", [200, 120, 80, 60, 30])
def test_numbers_are_never_cut(name: str, width: int) -> None:
    """However narrow the terminal: parameters and MACs of every layer, and their totals, stand there whole; lines fit from 60 on."""
    report = analyze(load(name))
    text = re.sub(r"\x1b\[[0-9;]*m", "", drawn([report], "table", width=width))
    found = set(re.findall(r"[\d,]*\d", text))
    for figures in (*(row.figures for row in report.rows), report.figures):
        assert {people(figures.params), people(figures.macs)} <= found
    if width >= 60:
        assert max(map(len, text.splitlines())) <= width


def test_what_is_left_out_is_said() -> None:
    """A terminal too narrow for the default columns goes without some, and says so; columns that were asked for all stay."""
    report = analyze(load("vgg16"))
    assert "80 characters are too narrow for options." in drawn([report], "table", width=80)
    assert "too narrow" not in drawn([report], "table", width=120)
    assert "64 of 3x3 same relu" in drawn([report], "table", ",".join(DEFAULT) + ",flops", width=80)


def test_long_networks_are_drawn_plainly() -> None:
    """Thousands of rows are not drawn with rich, which would take seconds."""
    report = analyze(loads("input: [4, 4, 1]\nlayers: [{relu: , repeat: 3000}]"))
    assert "\x1b" not in drawn([report], "table", width=100)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("depth", [None, 0, 1])
def test_columns_sum_to_what_stands_below(name: str, depth: int | None) -> None:
    """The numbers that a table shows sum to the totals that it shows."""
    report = analyze(load(name))
    table = list(csv.DictReader(io.StringIO(drawn([report], "csv", "all", depth))))
    for key in (column.name for column in COLUMNS.values() if column.summed):
        assert sum(int(row[key]) for row in table) == report.totals[key]
    if depth != 0:
        last = next(line for line in drawn([report], "table", "name,params,macs", depth).splitlines() if line.startswith("total"))
        assert last.split() == ["total", people(report.totals["params"]), people(report.totals["macs"])]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_json_is_as_its_schema_says(name: str) -> None:
    """Every shipped network's JSON is as the schema in the package says; the schema knows every key, and demands it."""
    found = json.loads(drawn([analyze(load(name))], "json"))
    rules = schema()
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(found)
    pairs = [(found, rules), (found["totals"], rules["properties"]["totals"]), (found["layers"][0], rules["$defs"]["layer"])]
    for given, rule in [*pairs, (found["layers"][0]["receptive_field"], rules["$defs"]["receptive_field"])]:
        assert set(given) == set(rule["properties"]) == set(rule["required"])


def test_json_schema_refuses_what_is_rounded() -> None:
    """The schema is able to refuse: a rounded figure, or a stride as a decimal, is not as it says."""
    found = json.loads(drawn([analyze(load("lenet5"))], "json"))
    for change in ({"params": 61706.5}, {"receptive_field": {**found["layers"][1]["receptive_field"], "stride": [0.5, 0.5]}}):
        wrong = {**found, "layers": [{**found["layers"][1], **change}]}
        assert list(jsonschema.Draft202012Validator(schema()).iter_errors(wrong))


@pytest.mark.parametrize("depth", [None, 0, 1])
def test_json_lines_are_the_document(odd: Report, depth: int | None) -> None:
    """The text, written layer by layer, says what the object says; and each layer has a line of its own."""
    text = drawn([odd], "json", depth=depth)
    rows = odd.rows if depth is None else odd.folded(depth)
    assert json.loads(text) == json.loads(json.dumps(document(odd, rows)))
    assert sum('"output_shape": [' in line and '"kind"' in line for line in text.splitlines()) == len(rows)


def test_several_networks(odd: Report) -> None:
    """Of several networks JSON is an array, CSV has one header and a column that names the network, the others stand one after another."""
    lenet = analyze(load("lenet5"))
    assert [each["name"] for each in json.loads(drawn([odd, lenet], "json"))] == [odd.name, "LeNet-5"]
    rows = list(csv.DictReader(io.StringIO(drawn([odd, lenet], "csv"))))
    assert {row["network"] for row in rows} == {odd.name, "LeNet-5"}
    assert len(rows) == len(odd.rows) + len(lenet.rows)
    assert drawn([odd, lenet], "table") == drawn([odd], "table") + "\n" + drawn([lenet], "table")


def test_json_has_no_columns(odd: Report) -> None:
    """JSON has every figure, so choosing columns for it is refused, not passed over."""
    with pytest.raises(UsageError, match="leave --columns out"):
        drawn([odd], "json", "name")


def test_columns_are_chosen_by_name() -> None:
    """Columns come in the order asked for, each once; default and all stand for several; a dash is as good as a line."""
    assert [column.name for column in chosen("macs, name,macs")] == ["macs", "name"]
    assert [column.name for column in chosen("output-shape")] == ["output_shape"]
    assert tuple(column.name for column in chosen(None)) == DEFAULT
    assert [column.name for column in chosen("default,flops")] == [*DEFAULT, "flops"]
    assert len(chosen("all")) == len(COLUMNS)
    for wrong, hint in (
        ("flop", "here it is called 'flops'"),
        ("parameters", "no column is called 'parameters'; here it is called 'params'"),
        ("zzz", "--columns help"),
        ("", "no column is called ''"),
        ("name,", "no column is called ''"),
    ):
        with pytest.raises(UsageError, match=hint):
            chosen(wrong or " ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{conv: {filters: 64, kernel: 7, stride: 2, padding: 3}}", "64 of 7x7 /2 padding 3"),
        ("{conv: {filters: 8, kernel: [1, 3], stride: [2, 1], padding: same, dilation: 1, bias: false, activation: relu}}",
         "8 of 1x3 /2x1 same no bias relu"),
        ("{conv: {filters: 8, kernel: 3, dilation: 2, activation: {leaky_relu: 0.2}}}", "8 of 3x3 dilation 2 leaky_relu 0.2"),
        ("{depthwise_conv: {kernel: 3, multiplier: 2}}", "3x3 multiplier 2"),
        ("{max_pool: 2}", "2x2"),
        ("{max_pool: {size: 3, stride: 2, ceil: true}}", "3x3 /2 ceil"),
        ("batch_norm", ""),
        ("{batch_norm: {epsilon: 1e-5, momentum: 0.9, scale: false}}", "no scale"),
        ("{dropout: 0.5}", "0.5"),
        ("{pad: [1, 2]}", "[1, 2]"),
        ("{upsample: {factor: 2, mode: bilinear}}", "2 bilinear"),
        ("{reshape: {shape: [8, -1]}}", "[8, -1]"),
    ],
)  # fmt: skip
def test_options_in_few_words(line: str, words: str) -> None:
    """The options column says what is not the default, in the order of the notation, as a paper's table would."""
    report = analyze(loads(f"input: [16, 16, 4]\nlayers: [{line}]"))
    assert COLUMNS["options"].cell(report.rows[1]) == words


def test_one_axis_has_one_number() -> None:
    """Along one axis a kernel is one number."""
    report = analyze(loads("input: [16, 4]\nlayers: [{conv: {filters: 8, kernel: 3}}]"))
    assert COLUMNS["options"].cell(report.rows[1]) == "8 of 3"


def test_rules_stand_below() -> None:
    """What a MAC is, what FLOPs are, one image, no bias, and the unit of memory stand below every table, within 118 characters a line."""
    text = " ".join(RULES)
    for words in ("multiply-accumulates", "one image", "no bias", "FLOPs = 2 x MACs", "1 MB = 1,000,000 bytes", "receptive field"):
        assert words in text
    assert max(map(len, RULES)) <= 118
    for style in ("table", "markdown"):
        assert "FLOPs = 2 x MACs" in drawn([analyze(load("lenet5"))], style)


@pytest.mark.parametrize("style", ["markdown", "latex"])
def test_markup_in_names_is_text(style: str, odd: Report) -> None:
    """Signs that are markup in a format stand there as themselves."""
    text = drawn([odd], style)
    marks = {"markdown": r"conv\_1", "latex": r"Golden \& 100 \%"}
    assert marks[style] in text
    if style == "latex":
        assert text.count(r"\begin{") == text.count(r"\end{")
        body = [line for line in text.splitlines() if " & " in line]
        assert all(len(re.findall(r"(?<!\\)&", line)) == len(DEFAULT) - 1 for line in body)


@pytest.mark.parametrize(
    ("value", "for_people", "for_scripts", "for_json"),
    [
        (1792, "1,792", "1792", 1792),
        ((224, 224, 64), "(224, 224, 64)", "224 224 64", [224, 224, 64]),
        ((1000,), "(1000,)", "1000", [1000]),
        (("a", "b"), "a, b", "a b", ["a", "b"]),
        (None, "-", "", None),
        (True, "true", "true", True),
        ("relu", "relu", "relu", "relu"),
        (0.5, "0.5", "0.5", 0.5),
    ],
)
def test_a_value_for_each_reader(value: object, for_people: str, for_scripts: str, for_json: object) -> None:
    """People get separators, scripts raw numbers with spaces between, JSON its own types; nothing is rounded."""
    assert (people(value), bare(value), plain(value)) == (for_people, for_scripts, for_json)


def test_fractions_are_exact() -> None:
    """A fraction stands as 1/2 for every reader; one that is whole is a whole number in JSON."""
    from fractions import Fraction

    assert (people(Fraction(1, 2)), bare(Fraction(1, 2)), plain(Fraction(1, 2)), plain(Fraction(4, 2))) == ("1/2", "1/2", "1/2", 2)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.00 kB"), (61_706, "61.7 kB"), (553_430_176, "553 MB"), (12_345_678_901, "12.3 GB"),
     (10**13, "10,000 GB")],
)  # fmt: skip
def test_memory_in_decimal_units(count: int, words: str) -> None:
    """1 MB is 1,000,000 bytes; three digits are enough for people, who find the bytes in a column."""
    assert megabytes(count) == words


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("params", 3797),
        ("totals.params", 3797),
        ("name", "Golden & 100 %"),
        ("input.left", [8, 8, 3]),
        ("outputs.dense_1", [3]),
        ("layers", 23),
        ("layers.conv_1.output_shape", (8, 8, 4)),
        ("layers.conv_1.options.kernel", 3),
        ("layers.conv_1.receptive_field.start", [-1, -1]),
        ("layers.dense_1.receptive_field.size", None),
        ("effective_stride", "1/2"),
    ],
)
def test_a_key_leads_to_a_value(odd: Report, key: str, value: object) -> None:
    """A key is the path to a value of the JSON; totals come first."""
    assert look_up(odd, key) == value


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("parms", "no figure is called 'parms'; did you mean 'params'"),
        ("parameters", "no figure is called 'parameters'; here it is called 'params'"),
        ("layers.conv_1.parameters", "layers.conv_1 has no 'parameters'; here it is called 'params'"),
        ("zzzz", "there are schema, name"),
        ("layers.conv1.params", "layers has no 'conv1'; did you mean 'conv_1'"),
        ("layers.conv_1.parms", "layers.conv_1 has no 'parms'; did you mean 'params'"),
        ("layers.conv_1", "not a single value; add one of name, inputs"),
        ("layers.conv_1.weights", "layers.conv_1.weights is not a single value"),
        ("layers.conv_1.params.more", "layers.conv_1.params is a single value; it has no 'more'"),
        ("params.size", "params is a single value; it has no 'size'"),
        ("receptive_field.size", "receptive_field is a single value; it has no 'size'"),
        ("input", "input is not a single value; add one of left, right"),
        ("totals", "totals is not a single value"),
        ("", "no figure is called"),
    ],
)
def test_a_key_that_leads_nowhere(odd: Report, key: str, message: str) -> None:
    """A key that leads nowhere is refused with the nearest that leads somewhere; one that leads to several values, with their names."""
    with pytest.raises(UsageError, match=message):
        look_up(odd, key)


def test_names_with_dots_are_found() -> None:
    """Names of layers may have dots, as those of other programs do."""
    from cnncli.layers import KINDS
    from cnncli.network import Input, Network

    network = Network()
    network.place(Input(shape=(4, 4, 1)), (), "stem.in")
    network.place(KINDS["relu"](), (0,), "stem.in.relu")
    report = analyze(network)
    assert look_up(report, "layers.stem.in.kind") == "input"
    assert look_up(report, "layers.stem.in.relu.kind") == "relu"


def test_place_of_a_network_that_was_never_written() -> None:
    """A network that was made by hand has no places: null in JSON, nothing in CSV, - for people."""
    from cnncli.network import Input, Network

    network = Network()
    network.place(Input(shape=(4, 4, 1)), ())
    row = analyze(network).rows[0]
    assert layer(row)["place"] is None
    assert COLUMNS["place"].cell(row) == "-"


def test_sheets_without_title_or_total() -> None:
    """A sheet need not have a title, a total or notes."""
    from cnncli.render.columns import Column
    from cnncli.render.sheet import Sheet

    sheet = Sheet("plain", (Column("one", "One", lambda thing: thing, ""),), [1, 22])
    assert tables([sheet], "table") == "One\n---\n  1\n 22\n"
    assert tables([sheet], "csv") == "one\n1\n22\n"
    assert tables([sheet], "markdown") == "| One |\n|---:|\n| 1 |\n| 22 |\n"


def test_long_options_are_shortened() -> None:
    """A list with a number for each of many channels is shown by its beginning and its length; JSON has all of it."""
    scale = [round(0.1 * number, 1) for number in range(1, 2049)]
    report = analyze(loads(f"input: [2, 2, 2048]\nlayers: [{{rescale: {{scale: {scale}, offset: {[0.5] * 2048}}}}}]"))
    table = drawn([report], "table", "name,options")
    assert "[0.1, 0.2, … 2,048 numbers] offset [0.5, 0.5, … 2,048 numbers]" in table
    assert max(map(len, table.splitlines())) < 200
    assert json.loads(drawn([report], "json"))["layers"][1]["options"]["scale"] == scale
