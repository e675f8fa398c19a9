"""Completion in a real Bash: the script is sourced, and its function is called with what has been typed."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnncli.cli import candidates, main
from cnncli.layers import KINDS
from cnncli.render.columns import COLUMNS
from cnncli.spec import load, shipped
from cnncli.spec.recipe import DATA_SETS
from cnncli.totals import TOTALS

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

MORE = ["..."]  # and others
# What Bash does when Tab is pressed: it splits the line at blanks and COMP_WORDBREAKS, and calls the function that `complete` names.
TAB = r"""
eval "$(cnncli completion bash)"
options=()
compopt() { options+=("$2"); }  # only Readline has what it sets
COMP_LINE=$1
COMP_POINT=${#COMP_LINE}
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
function=$(complete -p cnncli | sed 's/.*-F \([^ ]*\).*/\1/')
COMP_WORDS=()
COMP_CWORD=0
"$function" cnncli "" ""
printf '%s\n' "${COMPREPLY[@]}"
echo "options: ${options[*]}" >&2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spec, a model with a name that no shell should run, runs, and folders."""
    (tmp_path / "mine.yaml").write_text("input: [8, 8, 1]\nparameters: {width: 4, depth: 2}\nlayers: [relu]\n", encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("layers: [", encoding="utf-8")
    layers = [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4, 4, 1]}},
        {"class_name": "ReLU", "config": {"name": "$(touch ran)"}},
    ]
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    (tmp_path / "model.json").write_text(json.dumps(model), encoding="utf-8")
    for run in ("runs/lenet-1", "runs/lenet-2", "runs/notes", "elsewhere/mine"):
        (tmp_path / run).mkdir(parents=True)
    for run in ("runs/lenet-1", "runs/lenet-2", "elsewhere/mine"):
        (tmp_path / run / "recipe.json").write_text("{}", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.yaml")
    return tmp_path


def press_tab(line: str, folder: Path) -> tuple[list[str], list[str]]:
    """What Bash offers behind `line`, and the options that were set for it."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "--norc", "-c", TAB, "bash", line]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=30)
    *errors, options = done.stderr.splitlines()
    assert errors == []
    return done.stdout.splitlines(), options.split()[1:]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cnncli summ", ["summarize"]),
        ("cnncli summarize lenet", ["lenet", "lenet5"]),
        ("cnncli summarize lenet5 mobilenet_v2_", ["mobilenet_v2_transfer"]),
        ("cnncli summarize mi", ["mine.yaml"]),
        ("cnncli summarize m", [*[name for name in shipped() if name.startswith("m")], "mine.yaml", "model.json"]),
        ("cnncli show lenet", ["lenet", "lenet5"]),
        ("cnncli list effi", [name for name in shipped() if name.startswith("effi")]),
        ("cnncli summarize lenet5 --col", ["--columns"]),
        ("cnncli summarize lenet5 --columns params,mac", ["params,macs"]),
        ("cnncli summarize lenet5 --columns=params,mac", ["params,macs"]),
        ("cnncli summarize lenet5 --format m", ["markdown"]),
        ("cnncli summarize lenet5 --format=m", ["markdown"]),
        ("cnncli get lenet5 macs par", ["params", "params_without_bias", "param_bytes", "partial"]),
        ("cnncli get lenet5 layers.", [f"layers.{name}." for name in ("input", "conv_1", "conv_2")] + MORE),
        (
            "cnncli get lenet5 layers.conv_1.receptive_field.s",
            [f"layers.conv_1.receptive_field.{key}" for key in ("size", "stride", "start", "sees_all")],
        ),
        ("cnncli get lenet5 outputs.", ["outputs.dense_3"]),
        ("cnncli explain lenet5 conv", ["conv_1", "conv_2"]),
        ("cnncli explain lenet5 conv_1 --only shape,m", ["shape,macs", "shape,memory"]),
        ("cnncli summarize mine.yaml --set ", ["width=", "depth="]),
        ("cnncli summarize mine.yaml --set w", ["width="]),
        ("cnncli summarize mine.yaml --set=w", ["width="]),
        ("cnncli get mobilenet params --set ", [f"{name}=" for name in load("mobilenet").parameters]),
        ("cnncli train lenet --recipe early", ["early_stopping="]),
        ("cnncli train lenet --recipe optimizer=ada", ["adam", "adamw"]),
        ("cnncli train lenet --recipe=optimizer=ada", ["adam", "adamw"]),
        ("cnncli train lenet --optimizer ada", ["adam", "adamw"]),
        ("cnncli train lenet --schedule co", ["constant", "cosine"]),
        ("cnncli train lenet --data cifar", ["cifar10", "cifar100"]),
        ("cnncli train --resume ", ["runs/lenet-1", "runs/lenet-2", "elsewhere", "runs"]),
        ("cnncli train --resume runs/", ["runs/lenet-1", "runs/lenet-2", "runs/notes"]),
        ("cnncli evaluate elsewhere/m", ["elsewhere/mine"]),
        ("cnncli predict runs/lenet-2", ["runs/lenet-2"]),
        ("cnncli exercise --kind conv,max_po", ["conv,max_pool"]),
        ("cnncli layers batch", ["batch_norm"]),
        ("cnncli calc --input 8x8x1 max_p", ["max_pool"]),
        ("cnncli solve s", ["size"]),
        ("cnncli verify lenet5 --only shapes,w", ["shapes,weights"]),
        ("cnncli explain model.json $", ["'$(touch ran)'"]),
        ("cnncli explain broken.yaml ", []),
        ("cnncli get nothing ", []),
        ("cnncli explain pipe.yaml ", []),
        ("cnncli explain - ", []),
        ("cnncli nothing ", ["summarize", *MORE]),
    ],
)
def test_bash_completes(line: str, expected: list[str], folder: Path) -> None:
    """Names of networks and files together, and everything that has a name."""
    offered, _ = press_tab(line, folder)
    found = [word for word in offered if word]
    if expected[-1:] == MORE:
        assert [word for word in expected[:-1] if word not in found] == []
    else:
        assert sorted(found) == sorted(expected)
    assert not (folder / "ran").exists()


def test_names_and_files_stand_together(folder: Path) -> None:
    """An empty word offers every architecture and what lies in the folder."""
    offered, options = press_tab("cnncli summarize ", folder)
    assert set(offered) >= {*shipped(), "mine.yaml", "runs"}
    assert "filenames" in options


def test_no_blank_follows_a_name_that_wants_more(folder: Path) -> None:
    """Behind width= and layers. the word goes on."""
    assert "nospace" in press_tab("cnncli summarize mine.yaml --set w", folder)[1]
    assert "nospace" in press_tab("cnncli get lenet5 laye", folder)[1]
    assert "nospace" not in press_tab("cnncli get lenet5 mac", folder)[1]


def test_everything_that_has_a_name_is_offered(folder: Path) -> None:
    """All totals, columns and kinds."""
    assert set(press_tab("cnncli get lenet5 ", folder)[0]) >= {*TOTALS, "layers.", "name"}
    assert set(press_tab("cnncli summarize lenet5 --columns ", folder)[0]) >= {*COLUMNS}
    assert set(press_tab("cnncli layers ", folder)[0]) >= {*KINDS} - {"input"}


def test_other_shells_have_scripts() -> None:
    """zsh and fish complete by click's own scripts, which offer names and files."""
    for shell in ("zsh", "fish"):
        assert f"{shell}_complete" in CliRunner().invoke(main, ["completion", shell]).stdout
    words = shlex.join(["cnncli", "summarize", "lenet"])
    environment = {"_CNNCLI_COMPLETE": "zsh_complete", "COMP_WORDS": words, "COMP_CWORD": "2"}
    command = [sys.executable, "-m", "cnncli"]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=30)
    assert "plain\nlenet5\n" in done.stdout
    assert "file\nlenet" in done.stdout


def test_values_of_recipes() -> None:
    """What is completed for the values of a recipe is what they can be."""
    pytest.importorskip("numpy")
    from cnncli.training.data import NAMES

    assert DATA_SETS == NAMES
    assert candidates._values("data") == NAMES
    assert list(candidates._values("precision")) == ["float32", "mixed_bfloat16", "mixed_float16", "float64"]
    assert list(candidates._values("colour")) == ["grey", "rgb"]
    assert {"random_flip", "random_crop"} < set(candidates._values("augment"))
    assert [*candidates._values("epochs"), *candidates._values("nonsense")] == []
