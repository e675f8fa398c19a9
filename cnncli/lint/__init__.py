"""Slips that a network does not show: it can be counted, and is hardly what its writer meant.

    for finding in check(network, document.expect, document.marks):
        print(finding.place, finding.message, finding.mend, finding.rule)

A rule has a stable id and yields findings; `rules.py` holds all rules. A rule that fires on a shipped architecture is wrong.
"""

from .finding import RULES, Finding, Subject, check

__all__ = ["RULES", "Finding", "Subject", "check"]
