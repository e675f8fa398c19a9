"""Exercises with their answers, and marks with the slips behind wrong ones.

sheet = make(Request("lenet5", count=10, seed=7), network)
write(sheet, "markdown")                        the sheet, with blanks
key = keys([sheet])                             the answers and the usual mistakes, for the teacher
grade(key, answers, partial=True)               marks and diagnoses
"""

from .answers import read_answers
from .key import keys, read_key, read_requests
from .marks import Mark, Result, grade
from .request import Request
from .sheet import Sheet, make

__all__ = ["Mark", "Request", "Result", "Sheet", "grade", "keys", "make", "read_answers", "read_key", "read_requests"]
