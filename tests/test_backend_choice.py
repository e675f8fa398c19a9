"""The backend is that of KERAS_BACKEND, else of keras.json, else TensorFlow; for training as for verify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnncli.training.errors import RefusedError
from cnncli.training.machine import backend_name
from cnncli.waking import choose_backend


@pytest.mark.parametrize(
    ("variable", "text", "backend", "source"),
    [
        ("torch", '{"backend": "jax"}', "torch", "KERAS_BACKEND"),
        ("", '{"backend": "jax"}', "jax", "keras.json"),
        ("", '{"backend": 3}', "tensorflow", "Keras' default"),
        ("", "[1]", "tensorflow", "Keras' default"),
        ("", "{", "tensorflow", "Keras' default"),
        ("", None, "tensorflow", "Keras' default"),
    ],
)
def test_backend(variable: str, text: str | None, backend: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", variable)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if text is not None:
        (tmp_path / "keras.json").write_text(text, encoding="utf-8")
    chosen, named = choose_backend()
    assert (chosen, named.rpartition("/")[2]) == (backend, source)


def test_training_obeys_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that cannot train is refused, with the file that names it."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "numpy"}), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"keras\.json says numpy"):
        backend_name()
