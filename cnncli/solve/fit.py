"""The number N that keeps a network within bounds: filters, units, layers, or a parameter of a spec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from ..errors import CnncliError, UsageError
from ..expectation import OPERATORS, Expectation
from ..report import Report
from . import Answer, Found

LARGEST = 2**31 - 1
_TRIES = 64  # how far the next number is that gives a network at all (groups divide channels, heads, ...)
_MOST = 10_000  # steps

Make = Callable[[str], Report]  # the report with N in its place


def whole_numbers(make: Make, demands: Sequence[Expectation], low: int = 1, high: int = LARGEST, few: int = 512) -> Answer:
    """All whole N from `low` to `high` that keep to the demands, the largest first (the smallest, where nothing is bounded above).

    As many as `few` are all tried; of more the totals are taken to grow with N, and the ends are told.
    """
    search = _Search(make, low, high)
    question = f"N from {low:,}{f' to {high:,}' if high < LARGEST else ''}, {' and '.join(map(_words, demands))}"
    if low > high or search.legal(low, 1) is None:
        return Answer(question, [], "no N gives a network")
    tried = range(low, min(high, low + few - 1) + 1)
    if high in tried or search.legal(tried[-1], -1) is None:
        return _listed(question, {number: make(str(number)) for number in tried if search.legal(number, 1, 1)}, demands)
    for demand in demands:
        search.keep_to(demand)
    return _ends(question, search, demands)


def _listed(question: str, reports: dict[int, Report], demands: Sequence[Expectation]) -> Answer:
    """Those that keep to the demands, of all that there are."""
    found = [Found({"N": number}, note=_figures(report, demands)) for number, report in reports.items() if _holds(report, demands)]
    if not _from_below(demands):
        found.reverse()
    first, last = min(reports), max(reports)
    why = f"with N = {first:,} {_figures(reports[first], demands)}, with {last:,} {_figures(reports[last], demands)}"
    return Answer(question, found, "" if found else why, f"{len(found)} of {len(reports)}, from {first:,} to {last:,}" if found else "")


def _ends(question: str, search: _Search, demands: Sequence[Expectation]) -> Answer:
    """The largest, and the range that it closes."""
    first, last = search.first, search.last
    if first <= last and _from_below(demands) and (least := search.legal(first, 1)):
        return Answer(question, [Found({"N": least}, note=_figures(search.make(str(least)), demands))], note="and all above")
    best = search.legal(last, -1) if first <= last else None
    if best is None or best < first:
        near = search.legal(min(first, search.high), -1) or search.legal(search.low, 1)
        return Answer(question, [], f"with N = {near:,} {_figures(search.make(str(near)), demands)}")
    after = search.legal(best + 1, 1)
    notes = [f"{first:,} to {best:,} do" if first < best else "no other does"]
    notes += [f"with {after:,} {_figures(search.make(str(after)), demands)}"] if after else []
    return Answer(question, [Found({"N": best}, note=_figures(search.make(str(best)), demands))], note="; ".join(notes))


def _from_below(demands: Sequence[Expectation]) -> bool:
    """Whether nothing is bounded above, so that the smallest is sought."""
    return all(demand.operator in (">=", ">") for demand in demands)


def _holds(report: Report, demands: Sequence[Expectation]) -> bool:
    return all(demand.holds(report.totals[demand.key]) for demand in demands)


def stepped(make: Make, demands: Sequence[Expectation], low: str, high: str, step: str) -> Answer:
    """All of low, low + step, ..., high that keep to the demands, the largest first."""
    first, last, by = Fraction(low), Fraction(high), Fraction(step)
    if by <= 0 or (last - first) / by > _MOST:
        raise UsageError(f"from {low} to {high} by {step} are no steps, or more than {_MOST:,}")
    found, nearest = list[Found](), ""
    for number in range(int((last - first) / by), -1, -1):
        value = _decimal(first + number * by)
        report = make(value)
        if _holds(report, demands):
            found.append(Found({"N": value}, note=_figures(report, demands)))
        else:
            nearest = f"with N = {value} {_figures(report, demands)}"
    question = f"N from {low} to {high} by {step}, {' and '.join(map(_words, demands))}"
    return Answer(question, found, "" if found else nearest)


class _Search:
    """The numbers that are left, narrowed by one demand after the other."""

    def __init__(self, make: Make, low: int, high: int) -> None:
        self.make, self.low, self.high = make, low, high
        self.first, self.last = low, high

    def keep_to(self, demand: Expectation) -> None:
        """Narrow to where the total is as demanded."""
        bounds = demand.value if isinstance(demand.value, tuple) else (demand.value,)
        if demand.operator in (">=", ">", "=="):
            self.first = self._first(demand.key, ">" if demand.operator == ">" else ">=", max(bounds))
        if demand.operator in ("<=", "<", "=="):
            self.last = min(self.last, self._first(demand.key, ">=" if demand.operator == "<" else ">", min(bounds)) - 1)

    def _first(self, key: str, sign: str, bound: Any) -> int:
        """The smallest number whose total is so large, one past the last if there is none: doubling, then halving."""
        low, step = self.first, 1
        while low <= self.last and not self._over(low, key, sign, bound):
            low, step = low + step, step * 2
        low, high = low - step // 2, min(low, self.last + 1)
        low = max(low, self.first)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._over(middle, key, sign, bound) else (middle + 1, high)
        return low

    def _over(self, number: int, key: str, sign: str, bound: Any) -> bool:
        found = self.legal(number, 1)
        if found is None:
            return True
        total = self.make(str(found)).totals[key]
        if isinstance(total, tuple):
            total = max(total)
        if total is None:
            raise UsageError(f"{key} has no value here, so that nothing can be demanded of it")
        return bool(OPERATORS[sign](total, bound))

    def legal(self, number: int, step: int, tries: int = _TRIES) -> int | None:
        """The next number, this one included, that gives a network. Raises what refuses the first."""
        refusal: CnncliError | None = None
        for tried in range(number, number + tries * step, step):
            if tried < 1:
                break
            try:
                self.make(str(tried))
                return tried
            except CnncliError as error:
                refusal = refusal or error
        if refusal and number == self.low and tries > 1:
            raise refusal
        return None


def _words(demand: Expectation) -> str:
    return f"{demand.key} {demand.operator.replace('==', '=')} {_number(demand.value)}"


def _figures(report: Report, demands: Sequence[Expectation]) -> str:
    """params 59,965."""
    return ", ".join(f"{key} {_number(report.totals[key])}" for key in dict.fromkeys(demand.key for demand in demands))


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _decimal(value: Fraction) -> str:
    """0.75: steps are decimal numbers, so this is exact or close enough to read back."""
    return str(int(value)) if value.denominator == 1 else f"{float(value):.10g}"
