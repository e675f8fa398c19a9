"""How good outputs are: figures from the outputs (n, classes) and the classes (n,)."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def probabilities(outputs: Array, loss: str) -> Array:
    """(n, classes) what the network thinks of each class; of one output the two that it means."""
    outputs = np.asarray(outputs, np.float64)
    if loss == "mean_squared_error":
        return outputs
    if outputs.shape[1] == 1:
        one = 1.0 / (1.0 + np.exp(-outputs))
        return np.concatenate([1.0 - one, one], axis=1)
    if loss == "binary_cross_entropy":
        return 1.0 / (1.0 + np.exp(-outputs))
    if loss != "cross_entropy":
        raise NotImplementedError(f"no probabilities for the loss {loss}")
    with np.errstate(invalid="ignore"):  # outputs that are no numbers give none
        raised = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)


def mean_loss(outputs: Array, labels: Array, loss: str) -> float:
    """The loss without label smoothing: cross-entropy of the right class, or over all outputs the binary one or the squared error."""
    found = probabilities(outputs, loss)
    wanted = np.eye(found.shape[1])[labels]
    if loss == "mean_squared_error":
        return float(np.mean((wanted - found) ** 2))
    if loss == "binary_cross_entropy":
        return float(-np.mean(np.log(np.maximum(np.where(wanted > 0, found, 1.0 - found), 1e-12))))
    if loss == "cross_entropy":
        return float(-np.mean(np.log(np.maximum(found[wanted > 0], 1e-12))))
    raise NotImplementedError(f"no rule for the loss {loss}")


def top(outputs: Array, labels: Array, count: int) -> float:
    """The part of the images whose class is among the `count` first."""
    first = np.argpartition(-outputs, min(count, outputs.shape[1] - 1), axis=1)[:, :count]
    return float(np.mean((first == labels[:, None]).any(axis=1)))


def guesses(outputs: Array) -> Array:
    """The class that the network says."""
    return (outputs[:, 0] > 0).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)


def figures(outputs: Array, labels: Array, recipe: Any) -> dict[str, float]:
    """Loss, accuracy, and what else the recipe names."""
    found = {"loss": mean_loss(outputs, labels, recipe.loss), "accuracy": float(np.mean(guesses(outputs) == labels))}
    if "top_5_accuracy" in recipe.metrics:
        found["top_5_accuracy"] = top(probabilities(outputs, recipe.loss), labels, 5)
    return found


def confusion(outputs: Array, labels: Array, classes: int) -> Array:
    """(classes, classes): how many images of each class (row) were said to be of each (column)."""
    table: Array = np.zeros((classes, classes), int)
    np.add.at(table, (labels, guesses(outputs)), 1)
    return table


def per_class(table: Array, names: list[str]) -> list[dict[str, Any]]:
    """Recall, precision and number of images of each class."""
    right, there, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    return [
        {"class": name, "images": int(there[n]), "recall": _share(right[n], there[n]), "precision": _share(right[n], said[n])}
        for n, name in enumerate(names)
    ]


def confused(table: Array, names: list[str], most: int = 5) -> list[dict[str, Any]]:
    """The pairs (class, taken for) that happen most often."""
    wrong = table - np.diag(np.diag(table))
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [divmod(int(place), len(names)) for place in order]
    return [{"class": names[a], "taken_for": names[b], "images": int(wrong[a, b])} for a, b in pairs if wrong[a, b]]


def calibration(outputs: Array, labels: Array, loss: str, bins: int = 15) -> float:
    """The expected calibration error: how far confidence and accuracy are apart, over bins of confidence.

    Source: Guo et al. 2017, arXiv:1706.04599.
    """
    sure = probabilities(outputs, loss).max(axis=1)
    right = guesses(outputs) == labels
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs(np.sum(right[place == n]) - np.sum(sure[place == n])) for n in range(bins)) / len(labels))


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None
