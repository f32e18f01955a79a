"""Property values between the SDK's wire form and plain Python: secrets and unknowns stay visible as such.

The SDK's own decoder wants an event loop on each of its threads and leaves them open; these few functions want none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the wire's name for "secret", not one
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """A value that only exists once something has been created."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that is shown to nobody and stored nowhere."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(…)"


def decode(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Inputs or outputs as Python values. Nulls and empty lists are left out: to a provider they mean "not given"."""
    decoded = {key: _decode(value) for key, value in properties.fields.items()}
    return {key: value for key, value in decoded.items() if value is not None and value != []}


def _decode(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _decode_struct(value.struct_value)
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
        case "number_value":
            # The wire knows only floats; 20.0 and 20 are one setting.
            return int(value.number_value) if value.number_value.is_integer() else value.number_value
        case "string_value":
            return UNKNOWN if value.string_value == _UNKNOWN else value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _decode_struct(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[_SIGNATURE].string_value if _SIGNATURE in struct.fields else ""
    if signature == _SECRET:
        return Secret(_decode(struct.fields["value"]))
    if signature:
        raise ValueError("assets, archives and resource references are not known to the offline engine")
    decoded = {key: _decode(item) for key, item in struct.fields.items()}
    return {key: item for key, item in decoded.items() if item is not None}


def encode(value: Any) -> struct_pb2.Value:  # noqa: PLR0911 - one case, one answer
    """A Python value in the wire form."""
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case Secret():
            return encode({_SIGNATURE: _SECRET, "value": value.value})
        case Unknown():
            return struct_pb2.Value(string_value=_UNKNOWN)
        case Mapping():
            fields = {str(key): encode(item) for key, item in value.items()}
            return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
        case list() | tuple():
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[encode(item) for item in value]))
        case _:
            return struct_pb2.Value(string_value=str(value))


def replaced(value: Any, change: Callable[[Any], Any]) -> Any:
    """`value` with `change` applied to every secret and unknown in it."""
    match value:
        case Secret() | Unknown():
            return change(value)
        case dict():
            return {key: replaced(item, change) for key, item in value.items()}
        case list():
            return [replaced(item, change) for item in value]
        case _:
            return value


def revealed(value: Any) -> Any:
    """`value` with its secrets in clear, for the effect itself and nothing else."""
    return replaced(value, lambda item: revealed(item.value) if isinstance(item, Secret) else item)


def shown(value: Any) -> Any:
    """`value` for people: secrets and unknowns by name only."""
    return replaced(value, lambda item: "[secret]" if isinstance(item, Secret) else "[unknown]")


def contains(value: Any, kind: type[Secret] | type[Unknown]) -> bool:
    """Whether a secret or an unknown is anywhere in `value`."""
    match value:
        case Secret() if kind is Secret:
            return True
        case Secret():
            return contains(value.value, kind)
        case Unknown():
            return kind is Unknown
        case dict():
            return any(contains(item, kind) for item in value.values())
        case list():
            return any(contains(item, kind) for item in value)
        case _:
            return False
