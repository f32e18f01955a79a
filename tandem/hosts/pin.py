"""Writes a host key into the stack file: one value of the host's section, every other byte as it was."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tandem import splice
from tandem.exits import usage
from tandem.splice import Editor, Node, SpliceError
from tandem.stackfile import BOM, CONFIG, StackFile

HOST = "tandem:host"
HOST_KEY = "host_key"


def pinned(file: StackFile, key: str, *, bastion: bool = False) -> str:
    """The file's text with the host's key, or the bastion's. Raises Stop (usage) where it cannot be edited safely."""
    path = [CONFIG, HOST, *(["bastion"] if bastion else [])]
    try:
        return with_value(file.text, path, HOST_KEY, key)
    except SpliceError as error:
        raise usage(f"{file.path.name}: {error}; write it by hand: host_key: {key}") from None
    except YAMLError as error:
        raise file.unreadable(error) from None


def with_value(text: str, path: Sequence[str], name: str, value: str) -> str:
    """`text` where the mapping at `path` says `name: value`. Pure. Raises SpliceError, YAMLError."""
    bom, body = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
    editor = Editor(body)
    before = YAML(typ="rt", pure=True).compose(body)
    _set(editor, _find(before, path), name, value)
    edited = editor.result()
    _prove(before, YAML(typ="rt", pure=True).compose(edited), [*path, name], value)
    return bom + edited


def _find(root: Node, path: Sequence[str]) -> Node:
    node = root
    for depth, name in enumerate(path):
        where = ".".join(path[: depth + 1])
        found = splice.child(node, name) if splice.is_mapping(node) else None
        if found is None or not splice.is_mapping(found[1]) or not found[1].value:
            raise SpliceError(f"{where}: expected keys such as kind, address and user")
        if splice.is_alias(*found) or getattr(found[1], "anchor", None):
            raise SpliceError(f"{where}: anchors and aliases cannot be edited safely here; write the values out")
        node = found[1]
    return node


def _set(editor: Editor, node: Node, name: str, value: str) -> None:
    found = splice.child(node, name)
    if found is not None:
        editor.update_value(*found, value)
    elif node.flow_style:
        at = editor.end(*node.value[-1])
        editor.replace(at, at, f", {name}: {splice.scalar(value)}")
    else:
        indent = " " * node.value[0][0].start_mark.column
        editor.add_lines(editor.end(*node.value[-1]), [f"{indent}{name}: {splice.scalar(value)}"])


def _prove(before: Node, after: Node, path: Sequence[str], value: str) -> None:
    """That value is as wanted and nothing else has changed; a text that says anything different is never written."""
    name, *rest = path
    said, now = splice.entries(before), splice.entries(after)
    was, become = said.pop(name, None), now.pop(name, None)
    same = list(said) == list(now) and all(splice.same(said[key], now[key]) for key in said)
    if not same or become is None or (not rest and splice.plain(become) != value):
        raise SpliceError(f"{path[0]}: written in a way that cannot be edited safely")
    if rest:
        _prove(was, become, rest, value)
