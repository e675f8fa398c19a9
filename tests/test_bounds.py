"""A spec that somebody else wrote shows no text of files outside its folder, and with --restrict reads none of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import cnncli
from cnncli.cli import main
from cnncli.cli.options import Spec
from cnncli.errors import CnncliError

SECRET = "hunter2: correct horse\nuser: root\nlayers: [battery, staple]\n"
GOOD = "input: [8, 8, 1]\nlayers: [relu]\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a spec of somebody else, and beside it files of ours."""
    for name in ("theirs/below", "ours"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "ours/secret.yaml").write_text(SECRET, encoding="utf-8")
    (tmp_path / "ours/broken").write_text("correct: [horse\nbattery: {staple", encoding="utf-8")
    (tmp_path / "ours/scalar").write_text("correct horse battery staple\n", encoding="utf-8")
    (tmp_path / "ours/blocks.yaml").write_text("input: [8, 8, 1]\nblocks: {horse: [battery]}\nlayers: [horse]\n", encoding="utf-8")
    (tmp_path / "ours/secret.json").write_text(json.dumps({"class_name": "horse", "config": {"battery": "staple"}}), encoding="utf-8")
    (tmp_path / "ours/good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "theirs/below/base.yaml").write_text(GOOD.replace("relu", "horse"), encoding="utf-8")
    (tmp_path / "theirs/link.yaml").symlink_to(tmp_path / "ours/secret.yaml")
    return tmp_path


def write(folder: Path, text: str) -> str:
    path = folder / "theirs/spec.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", ["../ours/secret", "../ours/broken", "../ours/scalar", "link", "../ours/blocks", "ABSOLUTE"])
@pytest.mark.parametrize(
    "way", ["extends: NAME", "backbone: NAME\nlayers: [relu]", "input: [8, 8, 1]\nbackbone: {model: NAME}\nlayers: [relu]"]
)
@pytest.mark.parametrize("restrict", [False, True])
def test_text_of_other_files_is_not_shown(name: str, way: str, restrict: bool, folder: Path) -> None:
    """Neither lines nor quoted words; the refusal has the place, and says how to see more."""
    name = str(folder / "ours/secret.yaml") if name == "ABSOLUTE" else name
    done = run("validate", write(folder, way.replace("NAME", name) + "\n"), *["--restrict"] * restrict)
    assert done.exit_code == 2
    for word in ("hunter2", "correct", "horse", "battery", "staple"):
        assert word not in done.stderr
    if restrict:
        assert "--restrict reads nothing there" in done.stderr
    else:
        assert "cnncli validate " in done.stderr or "no input" in done.stderr


def test_models_outside_are_not_shown(folder: Path) -> None:
    """A backbone that is a model of another program."""
    spec = write(folder, "backbone: ../ours/secret.json\nlayers: [relu]\n")
    for words in (["validate", spec], ["validate", spec, "--restrict"]):
        done = run(*words)
        assert done.exit_code == 2
        assert "horse" not in done.stderr
        assert "battery" not in done.stderr


def test_files_below_the_folder_are_shown(folder: Path) -> None:
    """What lies with the spec is quoted, with and without --restrict."""
    spec = write(folder, "extends: below/base.yaml\n")
    for words in (["validate", spec], ["validate", spec, "--restrict"], ["validate", str(folder / "ours/secret.yaml")]):
        assert "horse" in run(*words).stderr


def test_good_files_outside_are_read_unless_restricted(folder: Path) -> None:
    """Without --restrict a spec may extend any file; shipped architectures it always may."""
    spec = write(folder, "extends: ../ours/good.yaml\n")
    assert run("validate", spec).exit_code == 0
    done = run("validate", spec, "--restrict")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{spec}:1:10: ")
    assert "--restrict reads nothing there" in done.stderr
    spec = write(folder, "extends: lenet5\n")
    assert run("validate", spec, "--restrict").exit_code == 0
    spec = write(folder, "backbone: mobilenet_v2\nlayers: [relu]\n")
    assert run("validate", spec, "--restrict").exit_code == 0


def test_restrict_tells_not_whether_a_file_is_there(folder: Path) -> None:
    """Missing and present files outside get the same answer."""
    answers = []
    for name in ("../ours/good.yaml", "../ours/none.yaml"):
        answers.append(run("validate", write(folder, f"extends: {name}\n"), "--restrict").stderr.replace(name, "NAME"))
    assert answers[0].replace("good", "none") == answers[1]


def test_weights_and_data_are_restricted(folder: Path) -> None:
    """The weights of a backbone, and the data of a recipe."""
    weights = "backbone: {model: mobilenet_v2, weights: ../ours/net.keras}\nlayers: [relu]\n"
    done = run("validate", write(folder, weights), "--restrict")
    assert done.exit_code == 2
    assert "--restrict reads nothing there" in done.stderr
    assert run("validate", write(folder, weights.replace("../ours/", "")), "--restrict").exit_code == 0


@pytest.mark.keras
def test_data_are_restricted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that the spec names; data named on the command line is the user's own choice."""
    pytest.importorskip("tensorflow")
    (folder / "ours/images").mkdir()
    monkeypatch.chdir(folder)
    layers = "layers: [flatten, {dense: {units: 2, activation: softmax}}]"
    spec = write(folder, f"input: [8, 8, 1]\n{layers}\ntrain: {{data: ours/images}}\n")
    done = run("train", spec, "--restrict")
    assert done.exit_code == 2
    assert "--restrict reads nothing there" in done.stderr
    assert "--restrict" not in run("train", spec, "--restrict", "--data", "ours/images").stderr
    assert "--restrict" not in run("train", spec).stderr


def test_standard_input_stands_in_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec on standard input may name what lies below the current folder."""
    monkeypatch.chdir(folder / "theirs")
    ask = CliRunner().invoke
    assert "horse" in ask(main, ["validate", "-"], input="extends: below/base.yaml\n").stderr
    assert "horse" not in ask(main, ["validate", "-"], input="extends: ../ours/scalar\n").stderr


def test_sheets_show_no_other_files(folder: Path) -> None:
    """The line in a sheet that says what it was made from is somebody else's, too."""
    sheet = folder / "theirs/sheet.md"
    about = {"spec": str(folder / "ours/secret.yaml"), "kinds": [], "count": 3, "seed": 1, "level": "easy", "student": "", "id": "0"}
    sheet.write_text(f"<!-- cnncli/exercise/1 {json.dumps(about)} -->\n", encoding="utf-8")
    (folder / "answers.csv").write_text("question,answer\n1,2\n", encoding="utf-8")
    for more in ([], ["--restrict"]):
        done = run("grade", str(sheet), str(folder / "answers.csv"), *more)
        assert done.exit_code == 2
        assert "horse" not in done.stderr
        assert "lies outside the folder of the sheet" in done.stderr


def test_python_restricts(folder: Path) -> None:
    """load(..., restrict=True)."""
    spec = write(folder, "extends: ../ours/good.yaml\n")
    assert cnncli.load(spec).network.nodes
    with pytest.raises(cnncli.errors.SpecError, match="lies outside"):
        cnncli.load(spec, restrict=True)
    with pytest.raises(cnncli.errors.SpecError, match="lies outside"):
        cnncli.load({"extends": os.path.join(folder, "ours", "good.yaml")}, restrict=True)


def commands(command: click.Command, name: str = "") -> list[tuple[str, click.Command]]:
    """Every command and those below it."""
    if not isinstance(command, click.Group):
        return [(name, command)]
    context = click.Context(command)
    below = [(word, command.get_command(context, word)) for word in command.list_commands(context)]
    return [found for word, part in below if part is not None for found in commands(part, f"{name} {word}".strip())]


@pytest.mark.parametrize(("name", "command"), commands(main), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_that_reads_a_spec_has_restrict(name: str, command: click.Command) -> None:
    """All but show, which prints a file as it is."""
    reads = any(isinstance(parameter.type, Spec) for parameter in command.params)
    has = any("--restrict" in parameter.opts for parameter in command.params)
    assert has or not reads or name == "show"


@pytest.mark.parametrize("line", ["extends: ./pipe", "input: [8, 8, 3]\nbackbone: ./pipe"])
def test_pipes_and_devices_are_not_opened(line: str, tmp_path: Path) -> None:
    """A spec that names a pipe would wait for ever: it is refused at its place."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes on this system")
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / "spec.yaml"
    path.write_text(f"{line}\nlayers: [relu]\n")
    with pytest.raises(CnncliError, match="is a pipe or a device"):
        cnncli.load(str(path))
