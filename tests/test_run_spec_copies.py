"""The copy of a spec in the directory of a run reads as the original did, however its YAML is written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cnncli.export.onnx import export
from cnncli.report import analyze
from cnncli.spec import load, loads
from cnncli.training.folder import Folder

EXTENDING = {
    "plain": "extends: base.yaml\n",
    "without a line break at the end": "extends: base.yaml",
    "in double quotes": 'extends: "base.yaml"\n',
    "in single quotes": "extends: 'base.yaml'  # why\n",
    "with an escape": 'extends: "b\\u0061se.yaml"\n',
    "a quoted key": '"extends": base.yaml\n',
    "a key in single quotes": "'extends' : 'base.yaml'\n",
    "flow style": "{extends: base.yaml, parameters: {units: 5}}\n",
    "flow style over lines": "{\n  parameters: {units: 5},\n  extends: base.yaml,\n}\n",
    "JSON": '{"name":"größe","extends":"base.yaml"}',
    "an explicit key": "? extends\n: base.yaml\n",
    "on the next line": "extends:\n  base.yaml\nname: x\n",
    "on the next line, after a comment": "extends:  # that one\n\n  # below\n  base.yaml # so\nname: x\n",
    "folded block": "extends: >-\n  base.yaml\nname: x\n",
    "literal block": "extends: |\n  base.yaml\n\n\nname: x\n",
    "block at the end": "name: x\nextends: >-\n  base.yaml",
    "in a comment too": "# extends: nothing\nname: extends\nsource: |\n  extends: nothing\nextends: base.yaml\n",
    "CRLF": "name: x\r\nextends: base.yaml\r\nparameters:\r\n  units: 5\r\n",
    "CRLF and a block": "extends: >-\r\n  base.yaml\r\nname: x\r\n",
    "not ASCII before it": "name: größe 🙂 é\nsource: 'ü' # ß\nextends: base.yaml\n",
    "not ASCII in its line": "{name: größe 🙂, extends: base.yaml, source: é}\n",
    "byte order mark": "\ufeffextends: base.yaml\n",
    "line separator in a comment": "# a\u2028# b\nextends: base.yaml\n",
    "a document mark": "---\nextends: base.yaml\n...\n",
}
BASE = "extends: 'größe/first.yaml'\n"
FIRST = "input: [4, 4, 1]\nparameters: {units: 3}\nlayers: [{conv: {filters: $(units), kernel: 3}}, flatten, dense: $(units)]\n"


def copied(folder: Path, text: str) -> tuple[str, str]:
    """JSON of the network that a spec describes, and of the one that its copy describes when the original is gone."""
    here = folder / "here"
    spec = here / "spec.yaml"
    spec.write_bytes(text.encode("utf-8"))
    document = load(str(spec))
    run = Folder(folder / "run")
    run.path.mkdir()
    run.write_spec(document)
    shutil.rmtree(here)
    copy = load(str(run.path / "spec.yaml"))
    assert copy.parameters == document.parameters
    assert copy.name == document.name
    assert copy.source == document.source
    before, after = (analyze(one.network) for one in (document, copy))
    return repr([row.figures for row in before.rows]), repr([row.figures for row in after.rows])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    os.makedirs(tmp_path / "here" / "größe")
    (tmp_path / "here/base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "here/größe/first.yaml").write_text(FIRST, encoding="utf-8")
    (tmp_path / "here/body.yaml").write_text("extends: >-\n  größe/first.yaml\nname: body", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("style", EXTENDING)
def test_extends(style: str, folder: Path) -> None:
    """Every file of the chain is copied, and names the next copy."""
    before, after = copied(folder, EXTENDING[style])
    assert before == after
    assert sorted(path.name for path in (folder / "run").iterdir()) == ["spec.yaml", "spec_base_1.yaml", "spec_base_2.yaml"]


BACKBONES = {
    "plain": "backbone: body.yaml",
    "quoted": '"backbone": "body.yaml"',
    "on the next line": "backbone:\n  body.yaml",
    "block": "backbone: >-\n  body.yaml",
    "mapping": "backbone:\n  model: body.yaml\n  until: conv_1",
    "flow": "backbone: {until: conv_1, 'model': 'body.yaml'}",
    "value on the next line": "backbone:\n  model:\n    body.yaml\n  freeze: all",
    "CRLF": "backbone:\r\n  freeze: 0\r\n  model: body.yaml\r",
}


@pytest.mark.parametrize("style", BACKBONES)
def test_backbones(style: str, folder: Path) -> None:
    """The backbone is copied with what it extends, and the copy of the spec names it."""
    before, after = copied(folder, BACKBONES[style] + "\nlayers: [flatten, dense: 2]\n")
    assert before == after
    names = sorted(path.name for path in (folder / "run").iterdir())
    assert names == ["backbone.yaml", "backbone_base_1.yaml", "spec.yaml"]


def test_a_shipped_architecture_in_quotes(tmp_path: Path) -> None:
    """As a backbone it keeps its name; what a spec extends is copied, also where it ships."""
    (tmp_path / "here").mkdir()
    before, after = copied(tmp_path, "{extends: 'lenet5', name: mine}")
    assert before == after
    assert (tmp_path / "run/spec.yaml").read_text(encoding="utf-8") == "{extends: 'spec_base_1.yaml', name: mine}"


def test_only_the_names_of_files_change(folder: Path) -> None:
    """Comments, spaces and quotes stay as they are."""
    text = "# größe\n\n'extends' :   \"base.yaml\"   # and why\nname:  x \n"
    copied(folder, text)
    assert (folder / "run/spec.yaml").read_text(encoding="utf-8") == text.replace("base.yaml", "spec_base_1.yaml")


def test_an_onnx_backbone(tmp_path: Path) -> None:
    """The file itself is copied."""
    (tmp_path / "here").mkdir()
    network = loads("input: [4, 4, 1]\nlayers: [{conv: {filters: 3, kernel: 3}}, flatten, dense: 2]\n").network
    (tmp_path / "here/net.onnx").write_bytes(b"".join(export(network)))
    before, after = copied(tmp_path, "backbone: net.onnx\nlayers: [flatten, dense: 10]\n")
    assert before == after
    assert (tmp_path / "run/backbone.onnx").stat().st_size > 0
