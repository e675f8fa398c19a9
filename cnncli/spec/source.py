"""Where a spec comes from: a file, a shipped architecture, or standard input."""

from __future__ import annotations

import os
import sys

from ..errors import UsageError, nearest
from ..printable import printable, quote, shorten
from .bounds import Bounds, bounds_of
from .fault import Source, refusal

LARGEST_TEXT = 4 * 2**20  # bytes; the longest spec that people write has a few kB
NOT_SHIPPED = (  # what Keras has, and no file here
    "NASNetLarge", "NASNetMobile", "InceptionResNetV2", *(f"ResNet{n}V2" for n in (50, 101, 152)),
    *(f"ConvNeXt{size}" for size in ("Small", "Base", "Large", "XLarge")),
    *(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
)  # fmt: skip
_HERE = os.path.dirname(os.path.abspath(__file__))
_SHIPPED = (os.path.join(_HERE, "..", "architectures"), os.path.join(_HERE, "..", "..", "architectures"))  # wheel, checkout


def shipped() -> dict[str, str]:
    """The names of the architectures that come with cnncli, sorted, and their files."""
    for folder in _SHIPPED:
        if os.path.isdir(folder):
            folder = os.path.normpath(folder)
            return {name[:-5]: os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".yaml")}
    return {}


def plain(name: str) -> str:
    """MobileNetV2, mobilenet-v2 and mobilenet_v2 are one."""
    return name.lower().replace("_", "").replace("-", "")


def find(spec: str, folder: str = "") -> str:
    """The file that `spec` means: a path (`.yaml` may be left out), seen from `folder`, or the name of a shipped architecture.

    ResNet50 and resnet-50 are resnet50.
    """
    path = os.path.join(folder, spec)
    for candidate in (path, path + ".yaml"):
        if os.path.exists(candidate) and not os.path.isdir(candidate):
            return candidate
    known = shipped()
    name = spec.removesuffix(".yaml")
    same = name if name in known else next((title for title in known if plain(title) == plain(name)), None)
    if same is not None and os.path.basename(spec) == spec:
        return known[same]
    if os.path.isdir(path):
        model = os.path.join(spec, "model.keras")
        hint = f"; for the model of this run, name {printable(model)}" if os.path.isfile(os.path.join(folder, model)) else ""
        raise refusal(f"this is a directory; a spec is one file{hint}", name=spec)
    title = next((title for title in NOT_SHIPPED if plain(title) == plain(name)), None)
    if title is not None:
        hint = f"keras.applications.{title}(include_top=False).save('{title.lower()}.keras')"
        raise UsageError(f"{quote(spec)} does not ship; save Keras' own and name that file: {hint}")
    hint = nearest(name, known) or "; cnncli list shows what ships"
    raise UsageError(f"{shorten(spec)}: no such file, and no architecture of that name{hint}")


def read(path: str, bounds: Bounds | None = None) -> Source:
    """Read a file, or standard input where `path` is `-`, within limits and as UTF-8. A shipped file goes by its bare name.

    `bounds` are those of the file that names this one; without them the file was named on the command line.
    """
    name = "stdin" if path == "-" else os.path.basename(path) if path in shipped().values() else path
    try:
        if path == "-":
            data = sys.stdin.buffer.read(LARGEST_TEXT + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(LARGEST_TEXT + 1)
    except (OSError, ValueError) as error:
        raise refusal(f"cannot be read: {getattr(error, 'strerror', None) or error}", name=name) from None
    if len(data) > LARGEST_TEXT:
        raise refusal(f"more than {LARGEST_TEXT // 2**20} MiB of text; no spec needs that", name=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refusal(f"not UTF-8 text: byte {data[error.start]:#04x} at offset {error.start}", name=f"{name}:{line}") from None
    hidden = bounds is not None and not bounds.contain(path)
    return Source(name, text, os.path.dirname(path), bounds or bounds_of(path), hidden)
