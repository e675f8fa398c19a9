"""What is wrong with a file is collected: each fault once, the first twenty shown, the others counted."""

from __future__ import annotations

import pytest

from cnncli.errors import SpecError
from cnncli.spec import load, loads


def refused(text: str) -> SpecError:
    with pytest.raises(SpecError) as caught:
        loads(text)
    return caught.value


def kinds(count: int) -> str:
    return "input: [8, 8, 3]\nlayers:\n" + "".join(f"  - zz{number}\n" for number in range(count))


def test_more_than_twenty_faults_are_counted() -> None:
    error = refused(kinds(30))
    assert len(error.faults) == 30
    assert str(error).count("no layer or block is called") == 20
    assert str(error).endswith("\n… and 10 more")


def test_twenty_faults_are_all_shown() -> None:
    assert "more" not in str(refused(kinds(20)))


def test_reading_ends_after_a_thousand_faults() -> None:
    error = refused(kinds(1100))
    assert len(error.faults) == 1000
    assert str(error).endswith("\n… and more than 980 more")


def test_many_faults_of_one_layer_are_collected() -> None:
    """They were lost, and the file was read as one without layers."""
    options = ", ".join(f"zz{number}: 1" for number in range(25))
    error = refused(f"input: [8, 8, 3]\nlayers:\n  - conv: {{filters: 1, kernel: 1, {options}}}\n")
    assert len(error.faults) == 25
    assert str(error).endswith("… and 5 more")


USES = """input: [8, 8, 3]
parameters: {width: 4}
layers:
  - conv: {filters: $width, kernel: 1}
  - conv: {filters: $(2 * width), kernel: $width}
  - relu:
    repeat: $width
  - dense: $(width + 1)
"""


def test_a_parameter_that_is_no_number_is_one_fault() -> None:
    error = refused(USES.replace("width: 4", "width: half"))
    assert len(error.faults) == 1
    assert str(error).startswith("text:4:21: filters is 'half'; expected a whole number from 1\n")


def test_a_setting_that_is_no_number_is_one_fault() -> None:
    with pytest.raises(SpecError) as caught:
        load("mobilenet", {"width": "half"})
    assert str(caught.value).startswith("mobilenet.yaml:23:21: 'width' is 'half', which is no number\n")
    assert len(caught.value.faults) == 1


def test_two_parameters_are_two_faults() -> None:
    text = "input: [8]\nparameters: {a: x, b: y}\nlayers:\n  - dense: $a\n  - dense: $(b + 1)\n  - dense: $(a + b)\n"
    assert len(refused(text).faults) == 2
