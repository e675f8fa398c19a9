"""The backend is that of KERAS_BACKEND, else of keras.json, else TensorFlow; for training as for verify."""

from __future__ import annotations

import json
import os
import re
from importlib import import_module
from pathlib import Path

import pytest

from cnncli.training.errors import RefusedError
from cnncli.training.machine import backend_name
from cnncli.waking import backend_note, choose_backend, configure_tensorflow


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


def test_another_backend_than_tensorflow_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what names it; `verify` says so on standard error, before it can fail."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert backend_note() == ""
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps({"backend": "jax"}), encoding="utf-8")
    assert backend_note() == "backend: jax (from ~/.keras/keras.json)"
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert backend_note() == ""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert backend_note() == "backend: torch (from KERAS_BACKEND)"


def test_verify_tells_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    pytest.importorskip("keras")
    from cnncli.cli import main
    from cnncli.errors import UsageError

    def refuse(command: str) -> None:
        raise UsageError(f"{command} stops here")

    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(import_module("cnncli.verify"), "wake_keras", refuse)
    result = CliRunner().invoke(main, ["verify", "lenet"])
    assert result.stderr == "backend: torch (from KERAS_BACKEND)\nError: verify stops here\n"


def test_train_tells_the_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    pytest.importorskip("tensorflow")
    from cnncli.cli import main

    def refuse(prepared: object) -> None:
        raise RefusedError("train stops here")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cnncli.waking.backend_note", lambda: "backend: jax (from KERAS_BACKEND)")
    monkeypatch.setattr("cnncli.training.run.awake", refuse)
    result = CliRunner().invoke(main, ["train", "lenet", "--data", "digits", "--epochs", "1"])
    assert result.stderr.splitlines()[-2:] == ["backend: jax (from KERAS_BACKEND)", "Error: train stops here"]


@pytest.mark.parametrize(("training", "onednn"), [(True, "1"), (False, "0")])
def test_onednn_is_on_to_train_alone(training: bool, onednn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the user decides; and one file of the package decides otherwise."""
    monkeypatch.setattr(os, "environ", {})
    configure_tensorflow(training)
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == onednn
    monkeypatch.setattr(os, "environ", {"TF_ENABLE_ONEDNN_OPTS": "7"})
    configure_tensorflow(training)
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "7"
    package = Path(__file__).parent.parent / "cnncli"
    files = [path.name for path in package.rglob("*.py") if re.search("TF_ENABLE_ONEDNN_OPTS", path.read_text(encoding="utf-8"))]
    assert files == ["waking.py"]
