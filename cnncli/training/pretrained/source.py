"""Where the weights of a backbone come from. What can be refused without Keras is refused before it is woken."""

# mypy: ignore-missing-imports
from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import CnncliError, UsageError
from ...importers import load_model
from ...importers.keras.archive import check_archive
from ...network import Network
from ...spec import load
from .. import saved_model
from ..errors import RefusedError
from ..folder import Folder, existing
from .applications import APPLICATIONS, MODES, application
from .match import LEADING

if TYPE_CHECKING:
    from ...keras_model.saved import Loaded
    from ...spec.backbone import Body

Array = Any
SUFFIXES = (".keras", ".h5", ".hdf5")


class Pretrained:
    """The weights that a backbone asks for. Raises RefusedError, at the place in the spec, where they are not to be had."""

    def __init__(self, body: Body, input_size: str) -> None:
        self.body, self.options, self.input_size = body, body.options, input_size
        self.name = self.options.source
        self.path = os.path.join(body.folder, self.name)
        self.run: Folder | None = None
        if self.name == "imagenet":
            self._shipped("Keras has weights of imagenet for")
        elif os.path.isdir(self.path):
            self.run = existing(self.path)
            try:
                saved_model.check(self.run)
            except UsageError as error:
                raise self.refusal(f"weights are {self.name}: {error}") from None
        elif not os.path.exists(self.path):
            raise self.refusal(f"weights are {self.name}, and there is no such file")
        elif not self.path.endswith(SUFFIXES):
            raise self.refusal(f"weights are {self.name}; expected random, imagenet, a run, or a file that ends in {', '.join(SUFFIXES)}")
        self.network = self._network()
        self.preprocess = self._preprocess()

    def refusal(self, what: str) -> RefusedError:
        """What is wrong, and where the backbone stands."""
        return RefusedError(f"{self.body.mark}: {what}\n{self.body.mark.underlined()}")

    def _shipped(self, what: str) -> None:
        if self.body.title not in APPLICATIONS:
            raise self.refusal(f"{what} {', '.join(APPLICATIONS)}; name a file, or weights: random")

    def _network(self) -> Network | None:
        """The network of the file; None where Keras makes it."""
        if self.run is not None:
            return load(str(self.run.path / "spec.yaml"), self.run.read_json("recipe.json", "settings")["settings"]).network
        if self.name == "imagenet" or self.path.endswith(".weights.h5"):
            return None
        if self.path.endswith(".keras"):
            check_archive(self.path)
        try:
            return load_model(self.path).network
        except CnncliError as error:
            if "no model_config" in str(error):  # weights alone
                return None
            if "its size is open" not in str(error):
                raise
            return load_model(self.path, (), self.input_size).network

    def _preprocess(self) -> str:
        """How the weights expect the images: a mode of keras.applications, or `run` for that of a run."""
        if self.options.preprocess is not None:
            return self.options.preprocess
        if self.run is not None:
            return "run"
        if self.name == "imagenet":
            return APPLICATIONS[self.body.title][1]
        if self.network is not None and any(node.kind in LEADING for node in self.network.nodes[1:2]):
            return "none"
        raise self.refusal(
            f"which range {self.name} expects of images is not in the file; say it: preprocess: tf (-1 to 1), torch, caffe (as in "
            "keras.applications), none (0 to 255) or data (by the mean and deviation of the training images)"
        )

    def map(self, standard: tuple[Array, Array]) -> tuple[Array, Array]:
        """(scale, offset) of each channel: what the weights expect is bytes * scale + offset."""
        if self.preprocess == "data":
            return standard
        if self.run is not None and self.preprocess == "run":
            kept = self.run.read_json("result.json", "input.scale", "input.offset")["input"]
            return np.array(kept["scale"]), np.array(kept["offset"])
        channels = len(standard[0])
        if channels != 3 and self.preprocess != "none":
            raise self.refusal(f"preprocess: {self.preprocess} is for three channels; the input has {channels}")
        scale, offset = (np.array(one) for one in MODES[self.preprocess])
        return (scale, offset) if channels == 3 else (np.ones(channels), np.zeros(channels))

    def load(self) -> Loaded:
        """The model, in Keras; nothing of a file is executed or unpickled."""
        import keras

        from ...keras_model import keras_names
        from ...keras_model.saved import Loaded, named, read_model

        if self.run is not None:
            assert self.network is not None
            return Loaded(saved_model.load(self.run)[0], self.network, keras_names(self.network))
        if self.network is not None:
            return named(read_model(self.path), self.network)
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("float32")
        try:
            if self.name == "imagenet":
                model = application(self.body.title, "imagenet")
            else:
                self._shipped("a file of weights alone needs a model to go with, one of")
                model = self._filled()
        finally:
            keras.config.set_dtype_policy(policy)
        return imported(model)

    def _filled(self) -> Any:
        """keras.applications' model with the weights of a file, which may have its head or not."""
        errors = []
        for top in (False, True):
            model = application(self.body.title, None, top)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", UserWarning)  # of layers that were passed over
                    model.load_weights(self.path)
            except Exception as error:  # Keras and h5py raise what they like over a damaged file
                errors.append(str(error).strip().split("\n")[0])
            else:
                return model
        raise self.refusal(f"{self.name} does not hold the weights of keras.applications.{APPLICATIONS[self.body.title][0]}: {errors[0]}")


def imported(model: Any) -> Loaded:
    """A model of Keras with its network."""
    from ...keras_model.saved import named

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(model.to_json(), encoding="utf-8")
        return named(model, load_model(str(path)).network)
