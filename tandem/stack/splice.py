"""Edits of a YAML text that leave every other byte alone: find where a value stands, splice new text in.

ruamel.yaml says where nodes begin and end; what is outside the spans is never parsed and written back, so comments,
order, quoting, line ends and spacing stay as their author left them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Node = Any  # ruamel.yaml ships no types for nodes

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*\Z")
_HEX_WORD = re.compile(r"(?=.*[a-df])[0-9a-f]{8}\Z")
_WORDS_THAT_ARE_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


class SpliceError(ValueError):
    """The text is written in a way that cannot be edited safely; `str` says what and what to write instead."""


@dataclass(frozen=True, order=True)
class Edit:
    """Replace `text[start:end]`; an insertion has `start == end`. `turn` keeps insertions at one place in order."""

    start: int
    end: int
    turn: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all (non-overlapping) edits made."""
    done: list[str] = []
    cursor = 0
    for edit in sorted(edits):
        if edit.start < cursor:
            raise SpliceError("two edits touch the same text")
        done += [text[cursor : edit.start], edit.text]
        cursor = edit.end
    return "".join([*done, text[cursor:]])


def flow(value: object) -> str:
    """A value on one line, in flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """A scalar that reads back as itself in YAML 1.1 and 1.2: quoted unless it is plainly a word."""
    if not isinstance(value, str):
        return json.dumps(value)
    if value.lower() in _WORDS_THAT_ARE_NOT_TEXT:
        return json.dumps(value)
    if _PLAIN.match(value) or _HEX_WORD.match(value):
        return value
    return json.dumps(value, ensure_ascii=False)


class Editor:
    """Collects edits of one text. Positions are character offsets into `text`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.edits: list[Edit] = []

    def result(self) -> str:
        """The edited text."""
        return apply(self.text, self.edits)

    def replace(self, start: int, end: int, new: str) -> None:
        """New text in place of a span."""
        self.edits.append(Edit(start, end, len(self.edits), new))

    def add_lines(self, position: int, lines: list[str]) -> None:
        """Whole lines after the line that contains `position`, also where the file ends without a newline."""
        end = self.text.find("\n", position)
        if end < 0:
            self.replace(len(self.text), len(self.text), "".join(self.newline + line for line in lines))
        else:
            self.replace(end + 1, end + 1, "".join(line + self.newline for line in lines))

    def remove_lines(self, start: int, end: int) -> None:
        """The lines from the one that contains `start` to the one that contains `end`."""
        first = self.text.rfind("\n", 0, start) + 1
        last = self.text.find("\n", end)
        if last >= 0:
            self.replace(first, last + 1, "")
        else:
            before = first - len(self.newline) if first else 0
            self.replace(max(before, 0), len(self.text), "")

    def update_block(self, node: Node, wanted: Mapping[str, Any]) -> None:
        """Makes a block mapping say `wanted`, touching only the fields that differ; new fields in `wanted`'s order."""
        present = {key.value: (key, value) for key, value in node.value}
        for name, (key, value) in present.items():
            if name not in wanted:
                self.remove_lines(key.start_mark.index, self.end(key, value))
            else:
                self.update_value(key, value, wanted[name])
        anchor = node.value[0]
        indent = " " * anchor[0].start_mark.column
        for name, item in wanted.items():
            if name in present:
                anchor = present[name]
            else:
                self.add_lines(self.end(*anchor), [f"{indent}{scalar(name)}: {flow(item)}"])

    def update_value(self, key: Node, value: Node, wanted: Any) -> None:
        """Makes one value of a mapping say `wanted`, in the style it has."""
        if plain(value) == wanted:
            return
        if is_block(value) and isinstance(wanted, Mapping):
            self.update_block(value, wanted)
        elif is_empty(value):
            colon = self.colon(key)
            self.replace(colon, colon, f" {flow(wanted)}")
        elif is_block(value):
            self.replace(key.end_mark.index, self.end(key, value), f": {flow(wanted)}")
        else:
            self.replace(value.start_mark.index, value.end_mark.index, flow(wanted))

    def colon(self, key: Node) -> int:
        """Offset just after the colon of a key."""
        return self.text.index(":", key.end_mark.index) + 1

    def end(self, key: Node, value: Node) -> int:
        """Offset just after the last character of a value (not its comment, not the blank lines below it)."""
        if is_alias(key, value):
            found = re.compile(r"\s*:\s*\*[^\s,\]}]+").match(self.text, key.end_mark.index)
            return found.end() if found else self.colon(key)
        if is_empty(value):
            return self.colon(key)
        if is_block(value):
            last = value.value[-1]
            return self.end(*last) if isinstance(last, tuple) else self.end(last, last)
        span = self.text[value.start_mark.index : value.end_mark.index]
        return int(value.start_mark.index) + len(span.rstrip())


def is_mapping(node: Node) -> bool:
    """Whether the node is a mapping, in either style."""
    return bool(node is not None and node.id == "mapping")


def is_block(node: Node) -> bool:
    """Whether the node is a collection written over indented lines."""
    return bool(node.id in {"mapping", "sequence"} and not node.flow_style and node.value)


def is_empty(node: Node) -> bool:
    """Whether nothing at all is written for this value."""
    return bool(node.id == "scalar" and node.value == "" and node.start_mark.index == node.end_mark.index)


def is_null(node: Node) -> bool:
    """Whether the value is null, written or not."""
    return bool(node.id == "scalar" and node.tag == "tag:yaml.org,2002:null")


def is_alias(key: Node, value: Node) -> bool:
    """Whether the value is written as `*name`: its node then stands elsewhere, before its key."""
    return bool(value is not key and value.start_mark.index < key.start_mark.index)


def child(node: Node, name: str) -> tuple[Node, Node] | None:
    """Key and value node of a mapping's entry."""
    return next(((key, value) for key, value in node.value if key.value == name), None)


def entries(node: Node | None) -> dict[str, Node]:
    """The values of a mapping by key; empty for no mapping. Raises SpliceError for a key that is there twice."""
    if node is None or node.id != "mapping":
        return {}
    found = {str(key.value): value for key, value in node.value}
    if len(found) != len(node.value):
        raise SpliceError("duplicate key: keep one of them")
    return found


def same(one: Node, other: Node) -> bool:
    """Whether two nodes say the same, whatever they look like."""
    if (one.id, str(one.tag)) != (other.id, str(other.tag)):
        return False
    if one.id == "scalar":
        return bool(one.value == other.value)
    if one.id == "sequence":
        return len(one.value) == len(other.value) and all(map(same, one.value, other.value))
    mine, theirs = entries(one), entries(other)
    return list(mine) == list(theirs) and all(same(mine[key], theirs[key]) for key in mine)


def plain(node: Node) -> Any:
    """The node as dicts, lists, text and whole numbers; anything else as a pair that equals none of these."""
    if node.id == "mapping":
        return {key: plain(value) for key, value in entries(node).items()}
    if node.id == "sequence":
        return [plain(item) for item in node.value]
    if str(node.tag) == "tag:yaml.org,2002:int" and node.value.isdigit():
        return int(node.value)
    return node.value if str(node.tag) == "tag:yaml.org,2002:str" else (str(node.tag), node.value)
