"""Spellings that survive a round trip through Docker and its Pulumi provider.

The provider reads a container back after creating it; a value that comes back spelled otherwise is a difference at
every later update, and a replacement where the property forces one.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

UNITS = r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?"
"""Hours, minutes and seconds as Go writes a `time.Duration`; each may be absent."""


def seconds(duration: str) -> int:
    """Whole seconds of a duration: `1m30s` is 90. Raises ValueError for other text."""
    match = re.fullmatch(UNITS, duration)
    if not match or not duration:
        raise ValueError(f"{duration!r} is not a duration such as '1m30s'")
    hours, minutes, rest = (int(part) for part in match.groups(default="0"))
    return hours * 3600 + minutes * 60 + rest


def duration(total: int) -> str:
    """Whole seconds as Go writes them: 90 is `1m30s`, 60 is `1m0s`, 3600 is `1h0m0s`."""
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if total >= 60 else "") + f"{rest}s"


def cpus(written: str) -> str:
    """What the provider reads back for `written` cpus: `1` becomes `1.0`, `0.05` becomes `0.1`, `10` becomes `10.`.

    The rule is the provider's: nine decimals; with exactly nine zeros in them rounded to one, else zeros cut off.
    """
    exact = Decimal(written).quantize(Decimal("1e-9"))
    text = f"{exact:f}"
    if text.count("0") == 9:
        return f"{exact.quantize(Decimal('0.1'), ROUND_HALF_UP):f}"
    return text.rstrip("0")
