"""What can stop a run."""

from __future__ import annotations

from ..errors import CnncliError


class RefusedError(CnncliError):
    """The run cannot be started, or not with these settings."""


class RunError(CnncliError):
    """The run was stopped by what happened in it; what it had saved remains."""


class LostError(RunError):
    """Another process of the run is gone."""

    abrupt = True


class StoppedError(CnncliError):
    """The user interrupted the run; it has been saved. That is no error."""

    exit_code = 130
    prefix = ""
