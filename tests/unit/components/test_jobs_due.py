"""The scheduler's own question, asked of the real awk: which lines are due in this minute?"""

from __future__ import annotations

import random
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from components.jobs.scheduler import FILES
from config.schedule import Schedule

MONDAY = "2026-11-23"


def due(lines: list[str], now: datetime, zone: str = "UTC") -> list[str]:
    clock = {
        "minute": now.strftime("%M"),
        "hour": now.strftime("%H"),
        "day": now.strftime("%d"),
        "month": now.strftime("%m"),
        "weekday": now.strftime("%w"),
    }
    told = [part for key, value in (clock | {"zone": zone}).items() for part in ("-v", f"{key}={value}")]
    done = subprocess.run(
        ["awk", *told, "-f", str(FILES / "lib" / "due.awk")],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def line(schedule: str, zone: str = "UTC") -> str:
    return f"web\ttidy\t{schedule}\t{zone}\t3600\tcron-web-tidy-1a2b3c4d"


@pytest.mark.parametrize(
    ("schedule", "when", "expected"),
    [
        ("* * * * *", f"{MONDAY} 00:00", True),
        ("30 3 * * *", f"{MONDAY} 03:30", True),
        ("30 3 * * *", f"{MONDAY} 03:31", False),
        ("30 3 * * *", f"{MONDAY} 15:30", False),
        ("8 9 * * *", f"{MONDAY} 09:08", True),  # a leading zero is no octal number
        ("0,30 * * * *", f"{MONDAY} 10:30", True),
        ("0,30 * * * *", f"{MONDAY} 10:03", False),
        ("*/15 * * * *", f"{MONDAY} 10:45", True),
        ("*/15 * * * *", f"{MONDAY} 10:50", False),
        ("10-20/5 * * * *", f"{MONDAY} 10:15", True),
        ("10-20/5 * * * *", f"{MONDAY} 10:11", False),
        ("10-20/5 * * * *", f"{MONDAY} 10:25", False),
        ("0 8-18 * * *", f"{MONDAY} 18:00", True),
        ("0 8-18 * * *", f"{MONDAY} 19:00", False),
        ("0 0 * */5 *", "2026-06-01 00:00", True),  # a step of months counts from January
        ("0 0 * */5 *", "2026-05-01 00:00", False),
        ("0 0 */2 * *", "2026-11-23 00:00", True),  # and of days from the 1st
        ("0 0 */2 * *", "2026-11-24 00:00", False),
        ("0 0 * * 1", f"{MONDAY} 00:00", True),
        ("0 0 * * 0", "2026-11-22 00:00", True),
        ("0 0 * * 7", "2026-11-22 00:00", True),
        ("0 0 * * 5-7", "2026-11-22 00:00", True),
        ("0 0 * * 1-5", "2026-11-22 00:00", False),
        ("0 0 13 * 5", "2026-11-13 00:00", True),  # both days given: either is enough
        ("0 0 13 * 5", "2026-10-13 00:00", True),
        ("0 0 13 * 5", "2026-11-20 00:00", True),
        ("0 0 13 * 5", "2026-11-21 00:00", False),
        ("0 0 13 * *", "2026-11-20 00:00", False),
        ("0 0 */2 * 1", "2026-11-24 00:00", False),  # one that starts with * is not given: both must hold
        ("0 0 29 2 *", "2028-02-29 00:00", True),
        ("0 0 29 2 *", "2027-02-28 00:00", False),
    ],
)
def test_a_schedule_is_due_in_its_minutes_and_no_other(schedule: str, when: str, expected: bool) -> None:
    now = datetime.fromisoformat(when).replace(tzinfo=UTC)

    assert bool(due([line(schedule)], now)) is expected


def test_only_lines_of_the_asked_zone_are_meant_and_come_out_as_they_are() -> None:
    lines = [line("* * * * *"), line("* * * * *", "Asia/Seoul")]

    assert due(lines, datetime(2026, 11, 23, tzinfo=UTC), "Asia/Seoul") == [lines[1]]


def members(written: str, low: int, high: int) -> set[int]:
    """The same by another road: the set of all numbers of a field."""
    found: set[int] = set()
    for part in written.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-") if span != "*" else (str(low), "-", str(high))
        found |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


def is_due(schedule: str, now: datetime) -> bool:
    minute, hour, day, month, weekday = schedule.split()
    weekdays = {number % 7 for number in members(weekday, 0, 7)}
    of_day, of_week = now.day in members(day, 1, 31), now.isoweekday() % 7 in weekdays
    days = (of_day or of_week) if day[0] != "*" and weekday[0] != "*" else (of_day and of_week)
    return (
        now.minute in members(minute, 0, 59)
        and now.hour in members(hour, 0, 23)
        and days
        and (now.month in members(month, 1, 12))
    )


def any_schedule(dice: random.Random) -> str:
    def field(low: int, high: int) -> str:
        first = dice.randint(low, high)
        last = dice.randint(first, high)
        one = dice.choice(["*", "*", f"*/{dice.randint(1, high)}", str(first), f"{first}-{last}", f"{first}-{last}/2"])
        return one if dice.random() < 0.7 else f"{one},{dice.randint(low, high)}"

    return " ".join([field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)])


def test_awk_agrees_with_python_on_random_schedules() -> None:
    dice = random.Random(4)
    schedules: list[str] = []
    while len(schedules) < 300:
        schedule = any_schedule(dice)
        try:
            schedules.append(TypeAdapter(Schedule).validate_python(schedule))
        except ValidationError:
            continue
    for _ in range(60):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=dice.randint(0, 2 * 365 * 24 * 60))
        expected = [line(schedule) for schedule in schedules if is_due(schedule, now)]
        assert due([line(schedule) for schedule in schedules], now) == expected, now
