"""Checks for networks that are valid but probably a mistake, such as a dense layer on a map.

    for finding in check(network, document.expect, document.marks):
        print(finding.place, finding.message, finding.mend, finding.rule)

A rule has a stable id and yields findings; `rules.py` holds all rules. A rule that fires on a shipped architecture is wrong.
"""

from .finding import RULES, Finding, Subject, check

__all__ = ["RULES", "Finding", "Subject", "check"]
