"""Days of the calendar, as YAML and the engines hand them over."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from config.days import Day

DAYS = TypeAdapter(Day)


@pytest.mark.parametrize(
    "said",
    ["2027-01-31", date(2027, 1, 31), "2027-01-31 00:00:00 +0000 UTC", "2027-01-31T00:00:00Z"],
    ids=["in quotes", "by a YAML reader", "by the Pulumi CLI", "as JSON"],
)
def test_a_day_is_the_same_whoever_read_the_file(said: object) -> None:
    assert DAYS.validate_python(said) == date(2027, 1, 31)


@pytest.mark.parametrize("said", ["31.1.2027", "2027-02-30", "soon", 2027, None, datetime(2027, 1, 31, 12)])
def test_what_is_no_day_is_refused_with_an_example(said: object) -> None:
    with pytest.raises(ValidationError, match="for example 2027-01-31"):
        DAYS.validate_python(said)
