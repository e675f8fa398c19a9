"""How the learning rate changes over a run: the schedules by name, with their options."""

from __future__ import annotations

from ..layers.named import NamedOptions, by_name
from ..layers.values import Count, Rate


class Schedule(NamedOptions):
    """How the learning rate changes over the run; in the part `warmup` of the run it first rises from `start` times the rate."""

    warmup: Rate = 0.0
    start: Rate = 0.0


class Constant(Schedule):
    """The same rate throughout."""

    name = "constant"


class Step(Schedule):
    """Multiplied by `factor` after every `every` epochs."""

    name = "step"
    every: Count
    factor: Rate = 0.1


class Exponential(Schedule):
    """Multiplied by `factor` after every epoch."""

    name = "exponential"
    factor: Rate = 0.95


class Cosine(Schedule):
    """Half a cosine down to `end` times the rate. Loshchilov & Hutter 2016, arXiv:1608.03983."""

    name = "cosine"
    end: Rate = 0.0


class LinearDecay(Schedule):
    """A straight line down to `end` times the rate."""

    name = "linear"
    end: Rate = 0.0


class OneCycle(Schedule):
    """Up from `start` times the rate over the part `rise` of the run, down to `end` times it. Smith & Topin 2017, arXiv:1708.07120."""

    name = "one_cycle"
    rise: Rate = 0.3
    start: Rate = 0.04
    end: Rate = 0.0001


class ReduceOnPlateau(Schedule):
    """Multiplied by `factor` when the validation loss has not fallen for `patience` epochs."""

    name = "reduce_on_plateau"
    patience: Count = 5
    factor: Rate = 0.1


SCHEDULES = by_name(Constant, Step, Exponential, Cosine, LinearDecay, OneCycle, ReduceOnPlateau)
