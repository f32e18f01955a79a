"""When a cron job is due: five fields as crontab(5) has them, and a time zone. Checked here, matched on the host."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import Annotated, NamedTuple
from zoneinfo import available_timezones

from config.forms import Text


class _Field(NamedTuple):
    name: str
    low: int
    high: int


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12),
    _Field("day of the week", 0, 7),  # both 0 and 7 are Sunday
)
_PART = r"(\*|[0-9]+(?:-[0-9]+)?)(?:/([0-9]+))?"
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def _schedule_complaint(text: str) -> str | None:
    if text in _NICKNAMES:
        return f"must be written as its five fields, for example '{_NICKNAMES[text]}'"
    fields = text.split(" ")
    if len(fields) != 5 or "" in fields:
        return "must be five fields with one space between: minute, hour, day of the month, month, day of the week"
    for written, field in zip(fields, _FIELDS, strict=True):
        for part in written.split(","):
            if complaint := _part_complaint(part, field):
                return complaint
    return _never(fields)


def _part_complaint(part: str, field: _Field) -> str | None:
    name, low, high = field
    match = re.fullmatch(_PART, part)
    if not match:
        return f"has '{part}' as its {name}, which must be * or numbers or ranges, * and ranges with a step if need be"
    span, step = match.groups()
    numbers = [] if span == "*" else [int(number) for number in span.split("-")]
    if any(not low <= number <= high for number in numbers):
        return f"has '{part}' as its {name}, which goes from {low} to {high}"
    if any(re.fullmatch("0[0-9]+", number) for number in re.findall("[0-9]+", part)):
        return f"has '{part}' as its {name}, which must be written without a leading zero"
    if numbers != sorted(numbers):
        return f"has '{part}' as its {name}, a range that ends before it starts"
    if step and not (1 <= int(step) <= high and span != str(numbers[:1])[1:-1]):
        return f"has '{part}' as its {name}: a step is from 1 to {high} and follows * or a range, as in */15"
    return None


def _never(fields: list[str]) -> str | None:
    """A day that no month has, such as 30 February, would never come; a leap year counts."""
    if fields[4] != "*" or fields[2].startswith("*"):
        return None
    months = {month for month in range(1, 13) if _has(fields[3], month, _FIELDS[3])}
    for month in months:
        if any(_has(fields[2], day, _FIELDS[2]) for day in range(1, monthrange(2024, month)[1] + 1)):
            return None
    return "never comes: no such month has such a day"


def _has(written: str, number: int, field: _Field) -> bool:
    for part in written.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{field.low}-{field.high}" if span == "*" else span).partition("-")
        if int(first) <= number <= int(last or first) and (number - int(first)) % int(step or 1) == 0:
            return True
    return False


def _zone_complaint(zone: str) -> str | None:
    # A machine without the list of zones can only check the form.
    known = available_timezones()
    return f"'{zone}' is no time zone" if known and zone not in known else None


Schedule = Annotated[
    str,
    Text("must be five fields as in a crontab", "30 3 * * *", r"[\s\S]*", _schedule_complaint),
]
TimeZone = Annotated[
    str,
    Text("must be a time zone as tzdata names it", "Asia/Seoul", r"[A-Za-z][A-Za-z0-9_+/-]*", _zone_complaint),
]
