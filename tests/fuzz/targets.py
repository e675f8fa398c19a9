"""What is fuzzed: each target makes cases for one kind of input."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click
from click.testing import CliRunner

from cnncli.cli import COMMANDS, main
from cnncli.spec import shipped

from . import grammar
from .case import Case, Limits
from .mutation import WORDS, mutate_bytes, mutate_message, mutate_text, mutate_tree

FIXTURES = Path(__file__).parent.parent / "fixtures"
# Commands that import a framework, train, or take long by design.
HEAVY = ("verify", "train", "lr-find", "evaluate", "predict", "doctor")


@dataclass(frozen=True)
class Target:
    """`make` makes a case from random numbers; about `share` of 1000 cases are of this kind.

    A case may take what `limits` allow.
    """

    make: Callable[[random.Random], Case]
    share: int
    limits: Limits = field(default_factory=Limits)


@cache
def shipped_texts() -> list[str]:
    """The shipped architectures, but for the longest, which would take most of the time."""
    texts = [Path(path).read_text(encoding="utf-8") for path in shipped().values()]
    return [text for text in texts if "1001" not in text]


def text_bytes(text: str) -> bytes:
    """Text as bytes, whatever is in it."""
    return text.encode("utf-8", errors="surrogatepass")


def spec_case(rng: random.Random) -> Case:
    """A spec, read by one of the commands that take one."""
    text = grammar.spec(rng, shipped_texts())
    if rng.random() < 0.05:
        content = mutate_bytes(text_bytes(text), rng)
    else:
        content = text_bytes(text)
    command = spec_command(rng)
    return Case([*command, *spec_options(command[0], rng)], {"spec.yaml": content})


def spec_command(rng: random.Random) -> list[str]:
    """A command for `spec.yaml`; the cheap ones most often."""
    kind = rng.randrange(12)
    if kind < 4:
        return ["validate", "spec.yaml"]
    if kind < 7:
        return ["get", "spec.yaml", rng.choice(grammar.FIGURES), rng.choice(grammar.FIGURES)]
    if kind == 7:
        style = rng.choice(["table", "json", "csv", "markdown", "latex"])
        return ["summarize", "spec.yaml", "--format", style]
    if kind == 8:
        return ["explain", "spec.yaml", rng.choice(["conv_1", "*", "nothing", "input"])]
    if kind == 9:
        return ["convert", "spec.yaml"]
    if kind == 10:
        style = rng.choice(["dot", "mermaid", "keras-code", "torch-code"])
        return ["export", "spec.yaml", "--to", style]
    return ["summarize", "spec.yaml", "--depth", str(rng.randrange(3)), "--columns", "all"]


def spec_options(command: str, rng: random.Random) -> list[str]:
    """Options that the command knows."""
    if command == "validate":
        return ["--expect", grammar.condition(rng)] * (rng.random() < 0.1)
    options = []
    if command != "convert" and rng.random() < 0.1:
        options += ["--set", f"{rng.choice(['width', 'n', 'classes', ''])}={grammar.value(rng)}"]
    if command != "convert" and rng.random() < 0.1:
        options += ["--input", grammar.size(rng)]
    return options


def expression_case(rng: random.Random) -> Case:
    """An expression where a number stands."""
    text = f"input: [8, 8, 3]\nparameters: {{width: 0.5, filters: 64, x: 3}}\nlayers: [{{dense: '$({grammar.expression(rng)})'}}]\n"
    return Case(["validate", "spec.yaml"], {"spec.yaml": text_bytes(text)})


@cache
def light_commands() -> dict[str, click.Command]:
    """Every command that is quick, those within `solve` by both words."""
    context = click.Context(main)
    commands: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            commands |= {f"{name} {inner}": found for inner, found in command.commands.items()}
        elif name not in HEAVY:
            commands[name] = command
    return commands


def option_case(rng: random.Random) -> Case:
    """A command with options and arguments that fit, nearly fit, or do not."""
    name, command = rng.choice(list(light_commands().items()))
    arguments = name.split(" ")
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            count = rng.randint(1, 3) if parameter.nargs == -1 else rng.choice([1, 1, 1, 1, 1, 1, 0])
            arguments += [argument_value(parameter, rng) for _ in range(count)]
        elif rng.random() < (0.97 if parameter.required else 1.5 / len(command.params)):
            arguments.append(rng.choice(parameter.opts))
            if not getattr(parameter, "is_flag", False):
                arguments.append(argument_value(parameter, rng))
    files = {"spec.yaml": text_bytes(grammar.spec(rng, shipped_texts())), "file.csv": csv_bytes(rng)}
    return Case(arguments, files, csv_bytes(rng))


def argument_value(parameter: click.Parameter, rng: random.Random) -> str:
    """A value for a parameter, by its type and name, or anything."""
    if rng.random() < 0.04:
        return rng.choice([*WORDS, "", " ", "spec.yaml", "-", "."])
    if isinstance(parameter.type, click.Choice):
        return str(rng.choice(list(parameter.type.choices)))
    if isinstance(parameter.type, (click.IntRange, click.FloatRange)) or parameter.name in ("digits", "count"):
        return str(rng.choice([1, 2, 3, 7, 10, 12, 100, 0, -1] if rng.random() < 0.2 else [1, 2, 3, 7, 10]))
    makers: dict[str, Callable[[random.Random], str]] = {
        "spec": lambda rng: rng.choice(["lenet5", "spec.yaml", "mobilenet", "alexnet", "nothing"]),
        "specs": lambda rng: rng.choice(["lenet5", "spec.yaml", "exercise_6x6"]),
        "words": grammar.word,
        "inputs": grammar.size,
        "input_size": grammar.size,
        "settings": lambda rng: f"width={grammar.value(rng)}",
        "kernel": grammar.kernel,
        "stride": lambda rng: rng.choice(["1", "2", "1,2", "1:3"]),
        "padding": lambda rng: rng.choice(["1", "same", "valid", "0:3", "1:0"]),
        "dilation": lambda rng: rng.choice(["1", "2", "1:3"]),
        "size": lambda rng: rng.choice(["2", "3", "2,1"]),
        "weights": lambda rng: rng.choice(["ones", "zeros", "random:7", "spec.yaml"]),
        "spec_or_kind": grammar.word,
        "topics": lambda rng: rng.choice(["shape", "params,macs", "memory", "receptive_field"]),
        "layers": lambda rng: rng.choice(["conv_1", "*", "dense_1", "input"]),
        "keys": lambda rng: rng.choice(grammar.FIGURES),
        "demand": grammar.condition,
        "more": grammar.condition,
        "expect": grammar.condition,
        "expected": grammar.condition,
        "columns": lambda rng: rng.choice(["default", "all", "name,params", "flops,", "help"]),
        "output": lambda rng: rng.choice(["out.txt", "out.json", "out.csv", "spec.yaml", "sub/out.md"]),
        "key": lambda rng: rng.choice(["key.json", "spec.yaml", "out.md"]),
        "kinds": lambda rng: rng.choice(["conv", "dense,max_pool", "add", "concat", "conv_transpose"]),
        "students": lambda rng: rng.choice(["a,b", "file.csv", "", "a,a"]),
    }
    maker = makers.get(parameter.name or "", grammar.matrix)
    return maker(rng)


def matrix_case(rng: random.Random) -> Case:
    """Numbers worked by hand: convolve, pool, trace."""
    kind = rng.randrange(3)
    style = ["--format", rng.choice(["text", "markdown", "latex", "csv", "json"])] * (rng.random() < 0.4)
    number = lambda: rng.choice(["1", "2", "1,2", "same", "valid", "1:0"] + ["0", "-1", "x", "9" * 30] * (rng.random() < 0.1))  # noqa: E731
    files = {"file.csv": csv_bytes(rng)}
    if kind == 0:
        arguments = ["convolve", "--input", grammar.matrix(rng), "--kernel", grammar.kernel(rng)]
        options = ["--stride", "--padding", "--dilation"]
    elif kind == 1:
        size = rng.choice(["1", "2", "2", "3", "2,1", number()])
        arguments = ["pool", "--input", grammar.matrix(rng), "--size", size]
        options = ["--stride", "--padding", "--backward"]
    else:
        layers = "\n".join(grammar.item(rng, "  ") for _ in range(rng.randint(1, 3)))
        files["spec.yaml"] = text_bytes(f"input: [6, 6, {rng.choice([1, 2])}]\nparameters: {{width: 2}}\nlayers:\n{layers}\n")
        numbers = ["ones", "zeros", "random:7", "random:3", "ones", "file.csv", "{conv_1: {kernel: 1}}"]
        arguments = ["trace", "spec.yaml", "--weights", rng.choice(numbers), "--input", rng.choice(numbers)]
        arguments += ["--backward"] * (rng.random() < 0.5)
        options = []
        if "--backward" in arguments and rng.random() < 0.5:
            arguments += ["--target", rng.choice(["0", "1", "2", "ones", grammar.matrix(rng)])]
    for option in options:
        if rng.random() < 0.25:
            arguments += [option, grammar.matrix(rng) if option == "--backward" else number()]
    arguments += ["--steps"] * (kind < 2 and rng.random() < 0.4)
    return Case([*arguments, *style], files)


def csv_bytes(rng: random.Random) -> bytes:
    """A table, more or less."""
    cells = ["1", "2", "0.5", "1,5", "", "a", "=1+1", "\x1b[31m", '"', "student", "question", "answer", "nan", "1e400"]
    separator = rng.choice([",", ";", "\t", " "])
    rows = [separator.join(rng.choice(cells[: rng.choice([4, 14])]) for _ in range(rng.randint(1, 4))) for _ in range(rng.randint(1, 4))]
    data = text_bytes(rng.choice(["\n", "\r\n", "\r"]).join(rows))
    return mutate_bytes(data, rng) if rng.random() < 0.2 else data


@cache
def homework() -> list[dict[str, bytes]]:
    """Sheets, keys and right answers, made by the program itself."""
    made = []
    for words in (
        ["exercise", "lenet5"],
        ["exercise", "--kind", "conv,dense,max_pool", "--level", "hard", "--count", "6"],
        ["exercise", "--kind", "conv_transpose", "--count", "3", "--students", "ann,bob"],
        ["exercise", "exercise_6x6", "--level", "hard"],
    ):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            output = folder / ("sheets" if "--students" in words else "sheet.md")
            arguments = [*words, "--key", str(folder / "key.json"), "-o", str(output)]
            done = CliRunner().invoke(main, arguments)
            assert done.exit_code == 0, done.output
            paths = [path for path in folder.rglob("*") if path.is_file()]
            files = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
        rows = ["student,question,answer"]
        for sheet in json.loads(files["key.json"])["sheets"]:
            for question in sheet["questions"]:
                answer = str(question["answer"]).strip("[]")
                rows.append(f'{sheet["student"] or "ann"},{question["question"]},"{answer}"')
        files["answers.csv"] = text_bytes("\n".join(rows) + "\n")
        made.append(files)
    return made


def changed_answers(text: str, rng: random.Random) -> bytes:
    """Answers with some cells replaced."""
    cells = ["", "=1+1", "170k", "1,5", "3x3x3", "(3, 3)", "1/2", "a", "nan", "9" * 400, "\x1b[2J", "+2", "1e9"]
    rows = [row.split(",") for row in text.splitlines()]
    for _ in range(rng.randint(1, 5)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(cells)
    return text_bytes("\n".join(",".join(row) for row in rows))


def homework_case(rng: random.Random) -> Case:
    """Answers, keys and sheets with changes, marked."""
    files = dict(rng.choice(homework()))
    name = rng.choice(list(files))
    kind = rng.randrange(4)
    if kind == 0 and name.endswith(".json"):
        files[name] = text_bytes(json.dumps(mutate_tree(json.loads(files[name]), rng)))
    elif kind == 1:
        files[name] = mutate_bytes(files[name], rng)
    elif kind == 2:
        files["answers.csv"] = changed_answers(files["answers.csv"].decode(), rng)
    else:
        files[name] = text_bytes(mutate_text(files[name].decode(errors="replace"), rng))
    sheets = [name for name in files if name != "answers.csv"]
    sheet = "key.json" if rng.random() < 0.7 else rng.choice(sheets)
    style = ["--format", rng.choice(["text", "json", "csv"])] * (rng.random() < 0.5)
    extra = ["--partial"] * (rng.random() < 0.3) + ["--pass", rng.choice(["50%", "100%", "x", "-1", "1e999%"])] * (rng.random() < 0.2)
    return Case(["grade", sheet, "answers.csv", *style, *extra], files)


@cache
def keras_models() -> list[str]:
    """The JSON of small Keras models."""
    paths = sorted((FIXTURES / "keras").glob("*.json"))
    return [path.read_text(encoding="utf-8") for path in paths if not path.name.endswith(".facts.json")]


def keras_case(rng: random.Random) -> Case:
    """A Keras model as JSON or as an archive, with lies in it."""
    text = rng.choice(keras_models())
    kind = rng.randrange(4)
    if kind < 2:
        data = text_bytes(json.dumps(mutate_tree(json.loads(text), rng)))
    elif kind == 2:
        data = mutate_bytes(text_bytes(text), rng)
    else:
        data = text_bytes(text)
    if rng.random() < 0.3:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", data)
            archive.writestr("metadata.json", "{}")
        data = mutate_bytes(held.getvalue(), rng) if rng.random() < 0.6 else held.getvalue()
        return Case([*model_command(rng, "model.keras")], {"model.keras": data})
    return Case([*model_command(rng, "model.json")], {"model.json": data})


def model_command(rng: random.Random, name: str) -> list[str]:
    """A command that reads a model of another program."""
    commands: list[list[str]] = [
        ["get", name, "params", "macs"],
        ["summarize", name],
        ["get", name, "receptive_field", "--input", grammar.size(rng)],
        ["convert", name],
        ["export", name, "--to", "torch-code"],
        ["summarize", name, "--format", "json"],
    ]
    return rng.choice(commands[: rng.choice([2, 6])])


@cache
def onnx_models() -> list[bytes]:
    """Small ONNX graphs."""
    files = sorted((FIXTURES / "onnx").glob("*.onnx.gz"), key=lambda path: path.stat().st_size)
    return [gzip.decompress(path.read_bytes()) for path in files[:20]]


def onnx_case(rng: random.Random) -> Case:
    """An ONNX graph with lies in its fields, or with bytes changed."""
    data = rng.choice(onnx_models())
    if importlib.util.find_spec("onnx") and rng.random() < 0.8:
        import onnx

        model = onnx.ModelProto.FromString(data)
        mutate_message(model, rng)
        data = model.SerializeToString()
    else:
        data = mutate_bytes(data, rng)
    return Case(model_command(rng, "model.onnx"), {"model.onnx": data})


@cache
def trained_run() -> dict[str, bytes]:
    """The files of a short run of training, and an image that it classifies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = ["--data", "digits", "--epochs", "0.1", "--batch", "64"]
        command = [sys.executable, "-m", "cnncli", "train", "lenet", *recipe, "-o", str(folder / "run")]
        subprocess.run(command, check=True, capture_output=True)
        paths = [path for path in folder.rglob("*") if path.is_file()]
        files = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    head = "{'descr': '|u1', 'fortran_order': False, 'shape': (8, 8, 1), }".ljust(117) + "\n"
    files["digit.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + bytes(64)
    return files


def run_case(rng: random.Random) -> Case:
    """A run directory with a damaged file, read by the commands that read runs."""
    files = dict(trained_run())
    names = [name for name in files if not name.endswith(".png")]
    for name in rng.sample(names, rng.choice([1, 1, 2])):
        if rng.random() < 0.05:
            del files[name]
        elif name.endswith(".json") and rng.random() < 0.7:
            files[name] = text_bytes(json.dumps(mutate_tree(json.loads(files[name]), rng)))
        else:
            files[name] = mutate_bytes(files[name], rng)
    commands: list[list[str]] = [
        ["predict", "run", "digit.npy"],
        ["evaluate", "run"],
        ["train", "--resume", "run"],
        ["export", "run", "--to", "onnx", "-o", "out.onnx"],
        ["summarize", "run/model.keras"],
        ["validate", "run/spec.yaml"],
    ]
    return Case(rng.choice(commands), files)


def with_keras() -> dict[str, Target]:
    """The targets that need Keras, where it is installed; importing it takes time and memory."""
    return {"run": Target(run_case, 1, Limits(30, 2000))} if importlib.util.find_spec("keras") else {}


TARGETS: dict[str, Target] = {
    "spec": Target(spec_case, 330),
    "expression": Target(expression_case, 200),
    "options": Target(option_case, 150),
    "matrix": Target(matrix_case, 120),
    "homework": Target(homework_case, 60),
    "keras": Target(keras_case, 70),
    "onnx": Target(onnx_case, 70),
    **with_keras(),
}


def make_case(target: str, seed: int, number: int) -> Case:
    """The case of a target with a seed and a number: always the same."""
    return TARGETS[target].make(random.Random(f"{target}/{seed}/{number}"))


def choose_target(seed: int, number: int) -> str:
    """The target of a case, by the shares."""
    rng = random.Random(f"{seed}/{number}")
    return rng.choices(list(TARGETS), [target.share for target in TARGETS.values()])[0]
