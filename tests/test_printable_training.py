"""Class folders with escape codes in their names, trained, evaluated and asked on a pseudo-terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")
pytestmark = [pytest.mark.keras, pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")]

from test_printable_output import CODES, assert_harmless, on_terminal  # noqa: E402

SPEC = """
name: "good\\e[2J\\e]0;title\\a"
input: [8, 8, 1]
layers: [flatten, {dense: {units: 2, activation: softmax}}]
train: {data: images, epochs: 2, batch: 4, lr: 0.01}
"""


def test_class_names_reach_no_terminal(tmp_path: Path) -> None:
    """What train, evaluate and predict show of them, the table of confusion and the bar included."""
    random = np.random.default_rng(0)
    for name in (f"cat{CODES}", "dog\nforged: 100 %"):
        for split in ("train", "test"):
            folder = tmp_path / "images" / split / name
            folder.mkdir(parents=True)
            for number in range(4):
                Image.fromarray(random.integers(0, 255, (8, 8), dtype=np.uint8)).save(folder / f"{number}.png")
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    text, code = on_terminal(["train", "spec.yaml", "--device", "cpu", "-o", f"run{CODES}"], tmp_path)
    assert code == 0, text
    assert_harmless(text.replace("\r", ""))  # the bar moves by it
    assert "\\x1b[2J" in text
    text, code = on_terminal(["evaluate", f"run{CODES}"], tmp_path)
    assert code == 0, text
    assert_harmless(text)
    assert "\\x1b[2J" in text
    assert "\nforged" not in text.replace("\r", "")
    image = next((tmp_path / "images/test" / f"cat{CODES}").glob("*.png"))
    text, code = on_terminal(["predict", f"run{CODES}", str(image)], tmp_path)
    assert code == 0, text
    assert_harmless(text)
    text, _ = on_terminal(["evaluate", f"run{CODES}", "--format", "json"], tmp_path)
    assert_harmless(text)
    assert json.loads(text[text.index("{") :])["per_class"][0]["class"] == f"cat{CODES}"
