"""Writes what is learnt of a machine into the stack file: values of the host's section, every other byte as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tandem.exits import usage
from tandem.stack import splice
from tandem.stack.splice import Editor, Node, SpliceError
from tandem.stack.stackfile import BOM, CONFIG, StackFile

HOST = "tandem:host"
HOST_KEY = "host_key"
PUBLIC_KEYS = (CONFIG, HOST, "ssh", "public_keys")
"""Who gets in to a machine of Google Cloud."""


def pinned(file: StackFile, key: str, *, bastion: bool = False) -> str:
    """The file's text with the host's key, or the bastion's. Raises Stop (usage) where it cannot be edited safely."""
    return said(file, HOST_KEY, key, *(["bastion"] if bastion else []))


def said(file: StackFile, name: str, value: str, *within: str) -> str:
    """The file's text where the host's section, or a part of it, says `name: value`. Raises Stop (usage)."""
    with _explained(file, f"{name}: {value}"):
        return with_value(file.text, [CONFIG, HOST, *within], name, value)


def forgotten(file: StackFile) -> str:
    """The file's text where the host's section says neither address nor key. Raises Stop (usage)."""
    with _explained(file, "no address and no host_key"):
        return without(file.text, [CONFIG, HOST], ["address", HOST_KEY])


def listed(file: StackFile, new: str, *, after: str) -> str:
    """The file's text where the public key `new` gets in beside `after`. Raises Stop (usage)."""
    with _explained(file, f"public_keys: {new}"):
        return with_item(file.text, PUBLIC_KEYS, new, after=after)


def unlisted(file: StackFile, old: str) -> str:
    """The file's text where the public key `old` gets in no more. Raises Stop (usage)."""
    with _explained(file, f"public_keys without {old}"):
        return without_item(file.text, PUBLIC_KEYS, old)


@contextmanager
def _explained(file: StackFile, wanted: str) -> Iterator[None]:
    try:
        yield
    except SpliceError as error:
        raise usage(f"{file.path.name}: {error}; write it by hand: {wanted}") from None
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


def without(text: str, path: Sequence[str], gone: Sequence[str]) -> str:
    """`text` where the mapping at `path` has none of these keys. Pure. Raises SpliceError, YAMLError."""
    bom, body = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
    editor = Editor(body)
    before = YAML(typ="rt", pure=True).compose(body)
    node = _find(before, path)
    for index, found in enumerate(node.value):
        if found[0].value not in gone:
            continue
        if not node.flow_style:
            editor.remove_lines(found[0].start_mark.index, editor.end(*found))
        elif index:  # the comma before it goes too; the first key is never one of these
            editor.replace(editor.end(*node.value[index - 1]), editor.end(*found), "")
    edited = editor.result()
    after = YAML(typ="rt", pure=True).compose(edited)
    kept = {key: value for key, value in splice.entries(node).items() if key not in gone}
    now = splice.entries(_find(after, path))
    if list(kept) != list(now) or not all(splice.same(kept[key], now[key]) for key in kept):
        raise SpliceError(f"{path[-1]}: written in a way that cannot be edited safely")
    return bom + edited


def with_item(text: str, path: Sequence[str], new: str, *, after: str) -> str:
    """`text` where the list at `path` has `new` behind the item that begins with `after`. Pure."""

    def add(editor: Editor, items: Node) -> None:
        item = next((one for one in items.value if begins(one.value, after)), None)
        if item is None:
            raise SpliceError(f"{path[-1]}: has no {after}")
        if items.flow_style:
            at = item.end_mark.index
            editor.replace(at, at, f", {splice.scalar(new)}")
        else:
            indent = " " * items.start_mark.column
            editor.add_lines(editor.end(item, item), [f"{indent}- {splice.scalar(new)}"])

    def wanted(said: list[str]) -> list[str]:
        at = next(index for index, one in enumerate(said) if begins(one, after)) + 1
        return [*said[:at], new, *said[at:]]

    return _with_items(text, path, add, wanted)


def without_item(text: str, path: Sequence[str], old: str) -> str:
    """`text` where the list at `path` has no item that begins with `old`. Pure."""

    def wanted(said: list[str]) -> list[str]:
        return [one for one in said if not begins(one, old)]

    def drop(editor: Editor, items: Node) -> None:
        if items.flow_style:
            kept = wanted([one.value for one in items.value])
            editor.replace(items.start_mark.index, items.end_mark.index, splice.flow(kept))
            return
        for item in items.value:
            if begins(item.value, old):
                editor.remove_lines(item.start_mark.index, editor.end(item, item))

    return _with_items(text, path, drop, wanted)


def begins(line: str, key: str) -> bool:
    """Whether a public key is this one, whatever its comment."""
    return line.split()[:2] == key.split()[:2]


def _with_items(
    text: str,
    path: Sequence[str],
    edit: Callable[[Editor, Node], None],
    wanted: Callable[[list[str]], list[str]],
) -> str:
    """`text` with its list edited, proved to say what is wanted and to have changed nothing else."""
    bom, body = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
    editor = Editor(body)
    before = YAML(typ="rt", pure=True).compose(body)
    found = splice.child(_find(before, path[:-1]), path[-1])
    if found is None or found[1].id != "sequence" or not found[1].value or splice.is_alias(*found):
        raise SpliceError(f"{path[-1]}: expected a list")
    edit(editor, found[1])
    edited = editor.result()
    _prove(before, YAML(typ="rt", pure=True).compose(edited), path, wanted(splice.plain(found[1])))
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


def _prove(before: Node, after: Node, path: Sequence[str], value: str | list[str]) -> None:
    """That value is as wanted and nothing else has changed; a text that says anything different is never written."""
    name, *rest = path
    said, now = splice.entries(before), splice.entries(after)
    was, become = said.pop(name, None), now.pop(name, None)
    same = list(said) == list(now) and all(splice.same(said[key], now[key]) for key in said)
    if not same or become is None or (not rest and splice.plain(become) != value):
        raise SpliceError(f"{path[0]}: written in a way that cannot be edited safely")
    if rest:
        _prove(was, become, rest, value)
