"""Class names in any script: pictures draw them where a font has their letters, and say nothing on standard error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("numpy")

from cnncli.training.fonts import characters, choose_families, escape_undrawable, family_characters
from cnncli.training.pictures import class_labels, styled

NOBODYS = "\U0010fffd"  # for private use: no font has it
PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from cnncli.training.pictures import confusion, curves
names = sys.argv[2].split(",")
confusion(np.eye(len(names), dtype=int), names, f"net on {names[0]}", Path(sys.argv[1], "confusion.png"))
curves([{"epoch": 1, "loss": 1.0, "accuracy": 0.5}], names[0], Path(sys.argv[1], "curves.png"))
"""


@pytest.mark.parametrize(
    "names", ["बिल्ली,कुत्ता,cat", "猫,犬", "🐱,🦊,\U0001fae8,☕\ufe0f", "Ж,ß,$x$"], ids=["devanagari", "cjk", "emoji", "other"]
)
def test_no_warning_is_printed(names: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path), names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"confusion.png", "curves.png"}


def test_names_that_no_font_has_become_numbers() -> None:
    """The others stay, and titles are escaped."""
    assert class_labels(["cat", f"dog{NOBODYS}", "$"]) == ["cat", "#1", r"\$"]
    assert escape_undrawable(f"net {NOBODYS}") == r"net \U0010fffd"
    assert styled(f"a{NOBODYS}")["t"] == r"a\U0010fffd"


def test_another_font_draws_what_the_default_one_lacks() -> None:
    """matplotlib brings STIX, which has characters that its default font has not."""
    from matplotlib.font_manager import FontProperties, findfont

    own = characters(findfont(FontProperties()))
    char = min(char for char in family_characters("STIXGeneral") - own if char.isprintable() and choose_families(char))
    assert choose_families("cat") == FontProperties().get_family()
    families = choose_families(f"cat {char}")
    assert families is not None
    assert families[:-1] == FontProperties().get_family()
    assert char in family_characters(families[-1])
    assert class_labels([char]) == [char]
