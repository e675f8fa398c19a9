"""What a verification found, as text and as JSON."""

from __future__ import annotations

from typing import Any, NamedTuple

QUANTITIES = ("shapes", "weights", "macs", "receptive_field", "memory")


class Mismatch(NamedTuple):
    """One figure that is not what was predicted."""

    place: object
    node: str
    quantity: str
    predicted: object
    built: object

    @property
    def difference(self) -> int | None:
        """How far apart they are, when both are numbers."""
        both = self.predicted, self.built
        return abs(self.predicted - self.built) if all(isinstance(one, int) for one in both) else None  # type: ignore[operator]

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.node}: {self.quantity}: predicted {worded(self.predicted)}, built {worded(self.built)}"


def worded(value: object) -> str:
    """A figure as people write it: 117,600; a weight as `kernel (5, 5, 1, 6) trainable`; several with semicolons between."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return "; ".join(map(worded, value)) or "none"
    if value is None:
        return "nothing"
    if isinstance(value, tuple) and len(value) == 3 and isinstance(value[0], str):
        name, shape, trainable = value
        return f"{name} {shape} {'trainable' if trainable else 'not trainable'}"
    return str(value)


class Counted(NamedTuple):
    """The operations that the framework's own counter finds in the layers that have kernels.

    `twice_macs` are our own; `explained` are the differences by class of operation, which add up to flops - twice_macs.
    """

    counter: str
    flops: int
    twice_macs: int
    explained: dict[str, int]


class Certificate(NamedTuple):
    """The outcome for one network: how many figures of each quantity were compared, and those that differ."""

    name: str
    compared: dict[str, int]
    mismatches: list[Mismatch]
    counted: Counted | None = None

    @property
    def largest_difference(self) -> int | None:
        """Between a predicted and a built number; None where something that is no number differs."""
        found = [mismatch.difference for mismatch in self.mismatches]
        return None if None in found else max([one for one in found if one is not None], default=0)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        named = [{**one._asdict(), "place": str(one.place or ""), "difference": one.difference} for one in self.mismatches]
        return {
            "name": self.name,
            "verified": not self.mismatches,
            "compared": self.compared,
            "largest_difference": self.largest_difference,
            "framework_counter": self.counted._asdict() if self.counted else None,
            "mismatches": named,
        }

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """For people."""
        figures = ", ".join(f"{count:,} {quantity.replace('_', ' ')}" for quantity, count in self.compared.items())
        if not self.compared:
            head = f"{self.name}: could not be compared"
        elif self.mismatches:
            head = f"{self.name}: {len(self.mismatches)} of {sum(self.compared.values()):,} figures differ ({figures})"
        else:
            head = f"{self.name}: all {sum(self.compared.values()):,} figures agree ({figures})"
        return [head, *map(str, self.mismatches), *(self._counter_lines() if self.counted else ())]

    def _counter_lines(self) -> list[str]:
        counted = self.counted
        assert counted
        if not counted.explained:
            return [f"  {counted.counter}: {counted.flops:,} operations in layers with kernels, twice the MACs"]
        head = f"  {counted.counter}: {counted.flops:,} operations in layers with kernels; twice the MACs are {counted.twice_macs:,}:"
        return [head, *(f"    {difference:+,} {words}" for words, difference in counted.explained.items())]


def versions() -> dict[str, str]:
    """Who says so."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    import keras  # type: ignore[import-not-found, import-untyped, unused-ignore]

    from .. import __version__

    backend = keras.backend.backend()
    found = {"cnncli": __version__, "keras": keras.__version__, "backend": backend, "python": platform.python_version()}
    for package in (backend, f"{backend}-cpu"):
        try:
            found["backend"] = f"{backend} {version(package)}"
        except PackageNotFoundError:
            continue
    return found
