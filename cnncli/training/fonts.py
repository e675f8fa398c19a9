"""Which fonts have the letters of a text: matplotlib's own has no Devanagari, no Chinese, and few emoji."""

# mypy: ignore-missing-imports, disable-error-code=import-not-found
from __future__ import annotations

from functools import cache

UNDRAWN = "\n"
NORMAL = (400, "normal", "regular")  # weights; for another one matplotlib warns that it takes it
LAST_RESORT = "last resort"  # a font that has a box for every character, and no letter


def choose_families(text: str) -> list[str] | None:
    """The font families that draw a text together, the default one first; None where no installed fonts have all of it."""
    from matplotlib.font_manager import FontProperties, findfont, fontManager

    default = findfont(FontProperties())
    families, missing = list(FontProperties().get_family()), set(text) - set(UNDRAWN) - characters(default)
    if not missing:
        return families
    plain = [entry for entry in fontManager.ttflist if entry.style == "normal" and entry.weight in NORMAL]
    names = {entry.name for entry in plain if missing & characters(entry.fname)}
    for name in sorted(name for name in names if not name.lower().startswith(LAST_RESORT)):
        has = missing & family_characters(name)
        if has:
            families, missing = [*families, name], missing - has
    return None if missing else families


def escape_undrawable(text: str) -> str:
    """`\\u0939` for each character that no installed font has."""
    return "".join([char if choose_families(char) else char.encode("unicode_escape").decode("ascii") for char in text])


@cache
def family_characters(name: str) -> frozenset[str]:
    """The characters of the file that matplotlib takes for a family."""
    from matplotlib.font_manager import FontProperties, findfont

    return characters(findfont(FontProperties(family=[name])))


@cache
def characters(path: str) -> frozenset[str]:
    """The characters that a font file has; none where it cannot be drawn from, as with fonts of pictures."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
        font.set_size(12, 100)
        return frozenset(map(chr, font.get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()
