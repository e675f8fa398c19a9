"""What a user reads when a spec is wrong: every file in refusals/ is refused with the text beside it.

After a change of wording, `CNNCLI_UPDATE_GOLDEN=1 pytest tests/test_refusals.py` writes the texts anew; read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnncli.errors import CnncliError
from cnncli.spec import load

FOLDER = Path(__file__).parent / "refusals"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_refusal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names the place, underlines it, and says what was expected, in the words of the golden file."""
    monkeypatch.chdir(FOLDER)
    with pytest.raises(CnncliError) as refused:
        load(file.name)
    golden = file.with_suffix(".txt")
    if os.environ.get("CNNCLI_UPDATE_GOLDEN"):
        golden.write_text(f"{refused.value}\n", encoding="utf-8")
    assert f"{refused.value}\n" == golden.read_text(encoding="utf-8")


def test_every_golden_text_has_its_spec() -> None:
    """No text is left behind by a spec that was removed."""
    assert {file.stem for file in FOLDER.glob("*.txt")} == {file.stem for file in FOLDER.glob("*.yaml")}
