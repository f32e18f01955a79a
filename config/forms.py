"""What a value of the stack file may look like: forms that know a right example of themselves, and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError, core_schema


class Mistake(NamedTuple):
    """One thing wrong: dotted path of the key (relative to the model that found it) and the reason."""

    path: str
    reason: str


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise all of a model's mistakes as one error that `config.load` unpacks again; none, and nothing happens."""
    found = tuple(mistakes)
    if found:
        lines = "; ".join(": ".join(filter(None, mistake)) for mistake in found)
        raise PydanticCustomError("mistakes", "{lines}", {"lines": lines, "mistakes": found})


def wrong(reason: str) -> PydanticCustomError:
    """The error of one value; `reason` is for people and ends with an example."""
    return PydanticCustomError("form", "{reason}", {"reason": reason})


_EXAMPLE = ", for example "
SOURCE = "x-source"
"""Key of the JSON schema for where a value comes from."""


@dataclass(frozen=True)
class Text:
    """Text of one form. `check` may find more than the pattern can, and says what (with an example or not), or None.

    `source`: where a person gets such a value, for one that nobody could make up.
    """

    must: str
    example: str
    pattern: str = r"[\s\S]*"
    check: Callable[[str], str | None] = lambda _: None
    source: str = ""

    def validate(self, value: object) -> str:
        """Return `value` when it has this form. Raises the error of one value."""
        if not isinstance(value, str):
            raise wrong(f"{self.must} in quotes{_EXAMPLE}'{self.example}'")
        complaint = self.check(value) if re.fullmatch(self.pattern, value) else self.must
        if complaint:
            raise wrong(complaint if _EXAMPLE in complaint else f"{complaint}{_EXAMPLE}'{self.example}'")
        return value

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        pattern = {} if self.pattern == Text.pattern else {"pattern": f"^(?:{self.pattern})$"}
        source = {SOURCE: self.source} if self.source else {}
        return {"type": "string", "examples": [self.example], **pattern, **source}


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`, both allowed, of some unit."""

    low: int
    high: int
    example: int
    of: str = ""

    def validate(self, value: object) -> int:
        """Return `value` when it is such a number. Raises the error of one value."""
        if type(value) is not int or not self.low <= value <= self.high:
            of = f" of {self.of}" if self.of else ""
            raise wrong(f"must be a whole number{of} from {self.low} to {self.high}{_EXAMPLE}{self.example}")
        return value

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high, "examples": [self.example]}


@dataclass(frozen=True)
class OrWord:
    """One word, or else a value of type `other`; what is wrong with such a value is told as if there were no word."""

    word: str
    other: Any

    def __get_pydantic_core_schema__(self, _source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validate, handler.generate_schema(self.other))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"const": self.word, "type": "string"}]}

    def _validate(self, value: Any, whole: Callable[[Any], Any]) -> Any:
        return value if value == self.word else whole(value)
