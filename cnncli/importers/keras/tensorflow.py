"""Operations as Keras 2 records them: TensorFlow's functions by name, led to the operations of Keras 3."""

from __future__ import annotations

from typing import Any

from ...errors import LayerError
from ...layers.values import written
from .use import Use
from .vocabulary import OPERATIONS, Found, keras

_REDUCED = {"axis": "axis", "keepdims": "keepdims"}
_BLOCKS = {"block_size": "block_size"}
_SHUFFLES = {"depth_to_space": "DepthToSpace", "space_to_depth": "SpaceToDepth"}

# function: (operation, {argument of the function: option of the operation})
_FUNCTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "__operators__.add": ("Add", {}), "math.add": ("Add", {}), "math.subtract": ("Subtract", {}), "math.multiply": ("Multiply", {}),
    "math.truediv": ("TrueDivide", {}), "math.divide": ("TrueDivide", {}), "math.maximum": ("Maximum", {}),
    "math.minimum": ("Minimum", {}), "math.pow": ("Power", {}), "math.negative": ("Negative", {}), "math.abs": ("Absolute", {}),
    "math.square": ("Square", {}), "math.sqrt": ("Sqrt", {}), "math.rsqrt": ("Rsqrt", {}), "math.exp": ("Exp", {}),
    "math.log": ("Log", {}), "math.reciprocal": ("Reciprocal", {}), "clip_by_value": ("Clip", {}),
    "math.reduce_mean": ("Mean", _REDUCED), "math.reduce_sum": ("Sum", _REDUCED), "math.reduce_max": ("Max", _REDUCED),
    "math.reduce_min": ("Min", _REDUCED),
    "nn.relu": ("Relu", {}), "nn.relu6": ("Relu6", {}), "math.sigmoid": ("Sigmoid", {}), "math.tanh": ("Tanh", {}),
    "nn.elu": ("Elu", {}), "nn.selu": ("Selu", {}), "nn.silu": ("Silu", {}), "math.softplus": ("Softplus", {}),
    "nn.leaky_relu": ("LeakyRelu", {"alpha": "negative_slope"}), "nn.gelu": ("Gelu", {"approximate": "approximate"}),
    "nn.softmax": ("Softmax", {"axis": "axis"}), "concat": ("Concatenate", {"axis": "axis"}), "reshape": ("Reshape", {"shape": "newshape"}),
    "transpose": ("Transpose", {"perm": "axes"}), "expand_dims": ("ExpandDims", {"axis": "axis"}), "squeeze": ("Squeeze", {"axis": "axis"}),
    "split": ("Split", {"num_or_size_splits": "indices_or_sections", "axis": "axis"}), "cast": ("Cast", {}), "identity": ("Identity", {}),
    "stop_gradient": ("StopGradient", {}), "__operators__.getitem": ("GetItem", {}),
    **{f"{place}.{name}": (cls, _BLOCKS) for place in ("nn", "compat.v1", "compat.v1.nn") for name, cls in _SHUFFLES.items()},
}  # fmt: skip
_DEFAULTS: dict[str, dict[str, Any]] = {"nn.gelu": {"approximate": False}, "nn.softmax": {"axis": -1}}


@keras("TFOpLambda", "SlicingOpLambda")
def function(use: Use) -> Found:
    name = use.get("function")
    if not isinstance(name, str) or name not in _FUNCTIONS:
        raise LayerError(f"the TensorFlow function {written(name)} is no layer that cnncli knows")
    cls, names = _FUNCTIONS[name]
    if use.kwargs.get("data_format") not in (None, "NHWC"):
        raise LayerError(f"data_format is {written(use.kwargs['data_format'])}; cnncli reads NHWC, the channels last")
    options = {names[key]: value for key, value in use.kwargs.items() if key in names and value is not None}
    if cls == "GetItem":
        return OPERATIONS[cls](Use(cls, {}, use.xs, (None, _key(use.kwargs.get("slice_spec")))))
    if cls == "Split" and isinstance(options.get("indices_or_sections"), list):
        raise LayerError("a split into parts of given sizes is no layer that cnncli reads; split into equal parts")
    return OPERATIONS[cls](Use(cls, {**_DEFAULTS.get(name, {}), **options}, use.xs, use.args, use.kwargs))


def _key(spec: Any) -> list[Any]:
    """The brackets of x[...], as Keras 3 writes them."""
    parts = spec if isinstance(spec, list) else [spec]
    return [{"class_name": "__slice__", "config": part} if isinstance(part, dict) and "start" in part else part for part in parts]
