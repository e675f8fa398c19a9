"""Making a failing network smaller while it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .draft import Draft, Item


def shrunk(draft: Draft, fails: Callable[[Draft], bool], tries: int = 300) -> Draft:
    """A draft from which nothing can be left out without `fails` becoming false (or after so many tries)."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in simpler(draft):
            tries -= 1
            if tries < 0:
                return draft
            if fails(candidate):
                draft, smaller = candidate, True
                break
    return draft


def simpler(draft: Draft) -> Iterator[Draft]:
    """The draft with one thing less, the largest things first."""
    for number, items in enumerate(draft.lists()):
        for place in range(len(items) - 1, -1, -1):
            yield changed(draft, number, place, remove)
    for number, items in enumerate(draft.lists()):
        for place, item in enumerate(items):
            for branch in item.branches or ():
                yield changed(draft, number, place, lambda items, place, branch=branch: put_branch(items, place, branch))  # type: ignore[misc]
            for option in item.options:
                yield changed(draft, number, place, lambda items, place, option=option: items[place].options.pop(option))  # type: ignore[misc]
            if item.name or item.sources or item.repeat > 1 or item.freeze or item.lender:
                yield changed(draft, number, place, unwire)
    yield from smaller_document(draft)


def smaller_document(draft: Draft) -> Iterator[Draft]:
    """Without its outputs, defaults, blocks, one of two inputs and what reads it; with smaller inputs."""
    for part, empty in (("outputs", []), ("defaults", {}), ("blocks", {})):
        if getattr(draft, part):
            made = draft.copy()
            setattr(made, part, empty)
            yield made
    for name in draft.inputs if len(draft.inputs) > 1 else ():
        made = draft.copy()
        del made.inputs[name]
        made.layers = [item for item in made.layers if name not in item.sources]
        yield made
    for name, shape in draft.inputs.items():
        for axis, length in enumerate(shape):
            for less in sorted({1, length // 2, length - 1} - {0, length}):
                made = draft.copy()
                made.inputs[name] = (*shape[:axis], less, *shape[axis + 1 :])
                yield made


def changed(draft: Draft, number: int, place: int, change: Callable[[list[Item], int], object]) -> Draft:
    """A copy in which one item, of the list with this number, is changed."""
    made = draft.copy()
    items = list(made.lists())[number]
    change(items, place)
    return made


def remove(items: list[Item], place: int) -> None:
    del items[place]


def put_branch(items: list[Item], place: int, branch: str) -> None:
    """One of its branches instead of a merge."""
    items[place : place + 1] = (items[place].branches or {})[branch]


def unwire(items: list[Item], place: int) -> None:
    item = items[place]
    item.name, item.sources, item.repeat, item.freeze, item.lender = "", [], 1, False, ""
