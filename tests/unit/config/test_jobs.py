"""What may be said of jobs, workers and cron: which schedules are taken, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from config.jobs import Cron, Job, Worker
from config.schedule import Schedule, TimeZone


def refusal(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    return str(refused.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *",
        "30 3 * * *",
        "*/15 8-18 * * 1-5",
        "0,30 0-23/2 1,15 1-12/3 0",
        "0 0 29 2 *",
        "0 0 31 2 1",
        "59 23 31 12 7",
    ],
)
def test_a_schedule_of_five_fields_is_taken_as_it_is(schedule: str) -> None:
    assert TypeAdapter(Schedule).validate_python(schedule) == schedule


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("30 3 * *", "must be five fields with one space between"),
        ("30 3 * * * root", "must be five fields with one space between"),
        ("30  3 * * *", "must be five fields with one space between"),
        (" 30 3 * * *", "must be five fields with one space between"),
        ("@daily", "must be written as its five fields, for example '0 0 * * *'"),
        ("60 3 * * *", "has '60' as its minute, which goes from 0 to 59"),
        ("0 24 * * *", "has '24' as its hour, which goes from 0 to 23"),
        ("0 0 0 * *", "has '0' as its day of the month, which goes from 1 to 31"),
        ("0 0 1 13 *", "has '13' as its month, which goes from 1 to 12"),
        ("0 0 * * 8", "has '8' as its day of the week, which goes from 0 to 7"),
        ("0 0 * * mon", "has 'mon' as its day of the week, which must be * or numbers or ranges"),
        ("0 0 * jan *", "has 'jan' as its month, which must be"),
        ("05 3 * * *", "has '05' as its minute, which must be written without a leading zero"),
        ("0 18-8 * * *", "has '18-8' as its hour, a range that ends before it starts"),
        ("*/0 * * * *", "has '*/0' as its minute: a step is from 1 to 59"),
        ("5/10 * * * *", "has '5/10' as its minute: a step is from 1 to 59 and follows * or a range"),
        ("1,,2 * * * *", "has '' as its minute"),
        ("0 0 31 4,6 *", "never comes: no such month has such a day"),
        ("0 0 30 2 *", "never comes: no such month has such a day"),
    ],
)
def test_another_schedule_is_refused_with_its_reason_and_an_example(schedule: str, said: str) -> None:
    message = refusal(Schedule, schedule)

    assert said in message
    assert ", for example '" in message


def test_a_schedule_that_yaml_read_as_a_number_is_refused() -> None:
    assert refusal(Schedule, 5) == "must be five fields as in a crontab in quotes, for example '30 3 * * *'"


def test_a_time_zone_is_one_of_the_worlds() -> None:
    assert TypeAdapter(TimeZone).validate_python("Asia/Seoul") == "Asia/Seoul"
    assert refusal(TimeZone, "Seoul/Asia") == "'Seoul/Asia' is no time zone, for example 'Asia/Seoul'"
    assert "must be a time zone" in refusal(TimeZone, "../../etc/passwd")


def test_what_need_not_be_said_has_a_value() -> None:
    assert Job(command=("migrate",)).timeout == "5m0s"
    assert Cron(schedule="0 * * * *", command=("tidy",)).timezone == "UTC"
    worker = Worker(command=("work",))
    assert (worker.swap, worker.health, worker.memory, worker.stop_grace) == ("start_first", None, None, "10s")


@pytest.mark.parametrize("kind", [Job, Worker])
def test_a_command_is_not_empty(kind: Any) -> None:
    assert "at least 1 item" in refusal(kind, {"command": []})
