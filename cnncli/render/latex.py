"""A LaTeX table; it needs \\usepackage{booktabs} and, being as long as the network, \\usepackage{longtable}."""

from __future__ import annotations

from collections.abc import Sequence

from .sheet import Sheet

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
        "×": r"\(\times\)", "\n": " ",
    }
)  # fmt: skip


def render(sheets: Sequence[Sheet]) -> str:
    return "% \\usepackage{booktabs,longtable}\n" + "\n".join(_one(sheet) for sheet in sheets)


def _one(sheet: Sheet) -> str:
    total = sheet.last_row()
    many_lines = "\n" in sheet.subtitle
    caption = ". ".join(filter(None, [sheet.title, "" if many_lines else sheet.subtitle]))
    lines = [
        *(["\\begin{verbatim}", sheet.subtitle, "\\end{verbatim}"] if many_lines else []),
        f"\\begin{{longtable}}{{{''.join('r' if column.right else 'l' for column in sheet.columns)}}}",
        *([f"\\caption{{{escaped(caption)}}}\\\\"] if caption else []),
        "\\toprule",
        _line([column.title for column in sheet.columns]),
        "\\midrule",
        "\\endhead",
        *map(_line, sheet.rows()),
        *(["\\midrule", _line(total)] if total else []),
        "\\bottomrule",
        "\\end{longtable}",
        *(f"\\noindent {escaped(f'{label}: {text}')}\\\\" for label, text in sheet.notes),
        *(f"\\noindent {escaped(rule)}\\\\" for rule in sheet.rules),
    ]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"


def escaped(text: str) -> str:
    """The text as LaTeX prints it."""
    return text.translate(_ESCAPES)
