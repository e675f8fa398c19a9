"""A sheet in LaTeX: a whole document, which compiles as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...render import tables
from ...render.formula import LATEX
from ...render.latex import escaped
from ..wording import shown
from .solution import equation, workings
from .table import rules, table

if TYPE_CHECKING:
    from ...explain import Working
    from ..sheet import Question, Sheet

HEAD = """\\documentclass{article}
\\usepackage[a4paper,margin=2cm]{geometry}
\\usepackage{longtable}
\\IfFileExists{booktabs.sty}{\\usepackage{booktabs}}{\\newcommand\\toprule{\\hline}\\newcommand\\midrule{\\hline}\\newcommand\\bottomrule{\\hline}}
\\begin{document}"""


def render(sheet: Sheet, solved: bool) -> str:
    lines = [f"% {sheet.line}", HEAD, f"\\section*{{{escaped(sheet.title)}}}"]
    lines += [f"Sheet \\texttt{{{sheet.id}}}. Answer by the number of the question.", ""]
    if sheet.report:
        drawn = table(sheet, lambda one: f"{shown(one.answer)} ({one.number})" if solved else f"........ ({one.number})")
        lines += ["{\\footnotesize", tables([drawn], "latex"), "}"]
    if solved or not sheet.report:
        lines += ["\\begin{enumerate}", *(_item(one, solved) for one in sheet.questions), "\\end{enumerate}"]
    if not sheet.report:
        lines += [f"\\noindent {escaped(rule)}\\\\" for rule in rules(sheet)]
    return "\n".join([*lines, "\\end{document}"]) + "\n"


def _item(question: Question, solved: bool) -> str:
    if not solved:
        return f"\\item {escaped(question.text)} \\dotfill"
    steps = [f"\\\\ {escaped(line.label)}: {_typeset(line)}" for line in workings(question)]
    return "\n".join([f"\\item {escaped(question.text)} \\textbf{{{escaped(shown(question.answer))}}}", *steps])


def _typeset(line: Working) -> str:
    made = equation(line, LATEX)
    told = escaped(made) if isinstance(line.value, tuple) else f"\\({made}\\)" if made else ""
    return " ".join(filter(None, [told, escaped(line.words)]))
