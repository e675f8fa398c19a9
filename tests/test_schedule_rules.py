"""Every schedule has a rule of its own; one without is refused, not taken for a constant rate."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("numpy")

from cnncli.spec.schedule import SCHEDULES
from cnncli.training.schedules import factor


def test_every_schedule_has_a_rule() -> None:
    for cls in SCHEDULES.values():
        options = {name: 2 for name, field in cls.fields.items() if field.required}
        assert 0 <= factor(cls(**options), 0.5, 3) <= 1
    with pytest.raises(NotImplementedError):
        factor(SimpleNamespace(name="polynomial"), 0.5, 3)
