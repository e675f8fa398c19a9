"""No `else` stands for the one remaining kind: what is not known is refused where layers, modes, formats and backends are told apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PACKAGE = Path(__file__).parent.parent / "cnncli"
TOLD_APART = {"kind", "op", "cls", "mode", "coordinates", "direction", "backend", "style", "form"}  # names of what has several values


def subject(test: ast.expr) -> str | None:
    """`layer.kind` of `layer.kind == "conv"`."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return None
    right = test.comparators[0]
    name = test.left.attr if isinstance(test.left, ast.Attribute) else getattr(test.left, "id", "")
    told = isinstance(right, ast.Constant) and isinstance(right.value, str) and name in TOLD_APART
    return ast.unparse(test.left) if told else None


def names_something(branch: ast.expr) -> bool:
    """A word of another framework, or a class."""
    if isinstance(branch, ast.Constant):
        return isinstance(branch.value, str) and len(branch.value) > 3
    branch = branch.func if isinstance(branch, ast.Call) else branch
    name = branch.attr if isinstance(branch, ast.Attribute) else getattr(branch, "id", "")
    return name[:1].isupper()


def chains(tree: ast.AST) -> Iterator[ast.If]:
    """The last `if` of each chain of two or more that tell the values of one subject apart and end in an else."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and subject(node.test) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            last = node.orelse[0]
            ends = last.orelse and not isinstance(last.orelse[0], (ast.If, ast.Raise))
            if subject(last.test) == subject(node.test) and ends:
                yield last


def defaults(source: str) -> list[str]:
    """Where a value that nobody thought of would be taken for the last one."""
    tree = ast.parse(source)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp) and subject(node.test) and names_something(node.body) and names_something(node.orelse):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    found += [f"{last.lineno}: else after {ast.unparse(last.test)}" for last in chains(tree)]
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_unknown_values_are_refused(path: Path) -> None:
    assert defaults(path.read_text(encoding="utf-8")) == []


def test_the_search_finds_them() -> None:
    assert defaults('x = "AveragePool" if node.kind == "adaptive_avg_pool" else "MaxPool"')
    assert defaults('if layer.kind == "a":\n    x = 1\nelif layer.kind == "b":\n    x = 2\nelse:\n    x = 3')
    assert not defaults('if layer.kind == "a":\n    x = 1\nelif layer.kind == "b":\n    x = 2\nelse:\n    raise NotImplementedError')
    assert not defaults('x = 1 if layer.kind == "a" else 2')


def test_every_loss_has_its_rules_and_another_is_refused() -> None:
    """For the batch on the device, and for the figures on numpy arrays."""
    pytest.importorskip("keras")
    import numpy as np

    from cnncli.training.objective import losses
    from cnncli.training.scores import mean_loss, probabilities

    outputs, labels = np.array([[0.5, -1.0, 2.0]], np.float32), np.array([2])

    def recipe(loss: str) -> Any:
        return SimpleNamespace(loss=loss, label_smoothing=0.0)

    for loss in ("cross_entropy", "binary_cross_entropy", "mean_squared_error"):
        assert float(np.asarray(losses(outputs, labels, recipe(loss)))[0]) == pytest.approx(mean_loss(outputs, labels, loss), rel=1e-5)
    for rule in (lambda: losses(outputs, labels, recipe("hinge")), lambda: probabilities(outputs, "hinge")):
        with pytest.raises(NotImplementedError, match="hinge"):
            rule()
