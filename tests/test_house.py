"""The house keeps its own rules: rooms open downwards, files and functions stay small, the README tells the truth."""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from readme import README, renewed

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "cnncli").rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_rooms_are_small(file: Path) -> None:
    """At most 350 lines in a file, 40 in a function (without its docstring), 7 parameters; every module says what it is for."""
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= 350
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            documented = (ast.get_docstring(node, clean=False) or "").count("\n")
            assert (node.end_lineno or 0) - node.lineno - documented <= 40, node.name
            arguments = node.args
            counted = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            assert len([one for one in counted if one.arg != "self"]) <= 7 or _is_command(node), node.name


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command takes as many parameters as it has options."""
    return any("command" in ast.unparse(decorator) for decorator in node.decorator_list)


TOOLS = [["lint-imports", "--no-cache"], ["mypy", "--strict"], ["ruff", "check", "."], ["ruff", "format", "--check", "."]]


@pytest.mark.parametrize("tool", TOOLS, ids=" ".join)
def test_tools_are_content(tool: list[str]) -> None:
    """import-linter (rooms open downwards only), mypy in strict mode, and ruff find nothing."""
    program = Path(sysconfig.get_path("scripts")) / tool[0]
    done = subprocess.run([program, *tool[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_is_fresh() -> None:
    """Every output and generated part of README.md is what the commands print now; `python tests/readme.py` writes it anew."""
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text


def test_example_of_python_in_the_readme_runs() -> None:
    """The Python of README.md runs as it stands."""
    code = README.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
