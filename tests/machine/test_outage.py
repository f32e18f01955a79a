"""The figure of an outage: from answers that came, never from a question that hung until the machine was up again."""

from __future__ import annotations

from tests.machine.outage import STEADY, Asked, Outage, outage

GOOD_BEFORE = [Asked(9.0, 9.1, True), Asked(10.1, 10.2, True)]


def answers(begin: float, count: int = STEADY) -> list[Asked]:
    return [Asked(begin + number, begin + number + 0.5, True) for number in range(count)]


def test_without_a_bad_answer_there_is_none_and_one_that_goes_on_has_no_end() -> None:
    assert outage(GOOD_BEFORE, 10.0) is None
    assert outage([*GOOD_BEFORE, Asked(10.3, 10.8, False)], 10.0) is None


def test_it_ends_with_the_time_of_the_answer_not_of_the_question() -> None:
    found = outage([*GOOD_BEFORE, Asked(10.3, 10.8, False), *answers(14.0)], 10.0)

    assert found is not None
    assert [round(value, 3) for value in (found.last, found.first, found.seconds)] == [0.2, 4.5, 4.3]


def test_a_good_answer_between_bad_ones_is_no_end() -> None:
    asked = [Asked(10.3, 10.8, False), *answers(11.0, 2), Asked(13.0, 13.5, False), *answers(14.0)]

    assert outage(asked, 10.0) == Outage(0.0, 4.5)
