"""Days of the calendar in a stack file, as YAML and the engines hand them over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic_core import core_schema

from config.forms import wrong

_MIDNIGHT = re.compile(r"(?: 00:00:00 \+0000 UTC|T00:00:00Z)$")
"""What the Pulumi CLI makes of a day without quotes, and what it writes into the file when it writes one."""


@dataclass(frozen=True)
class ADay:
    """A day such as 2027-01-31, with or without quotes."""

    example: str

    def validate(self, value: object) -> date:
        """The day. Raises the error of one value."""
        if type(value) is date:
            return value
        try:
            return date.fromisoformat(_MIDNIGHT.sub("", str(value)))
        except ValueError:
            raise wrong(f"must be a day as year-month-day, for example {self.example}") from None

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.validate, serialization=core_schema.to_string_ser_schema()
        )

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "string", "examples": [self.example], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


Day = Annotated[date, ADay("2027-01-31")]
