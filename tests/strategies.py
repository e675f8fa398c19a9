"""Random networks for hypothesis: it draws what the generator asks for, so that it can shrink what fails."""

from __future__ import annotations

from hypothesis import strategies as st

from cnncli.network import Network
from cnncli.random_networks import Draft, random_draft
from cnncli.spec import loads


def drafts() -> st.SearchStrategy[Draft]:
    """Legal networks with odd options, as drafts of specs."""
    return st.randoms(use_true_random=False).map(random_draft)


def networks() -> st.SearchStrategy[Network]:
    """The same, read from their text."""
    return drafts().map(lambda draft: loads(draft.text(), "random").network)
