"""The stack file as the command changes it: only the rollout entries, every other byte as it was."""

from __future__ import annotations

import difflib
import os
import stat
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tandem.exits import Stop, usage
from tandem.stack import splice
from tandem.stack.splice import Editor, Node, SpliceError

CONFIG = "config"
ROLLOUTS = "tandem:rollouts"
BOM = "\ufeff"

Entry = Mapping[str, Any]
"""One rollout as plain data, for example {"live": "green", "green": {"image": "sha256:…"}}."""


class StackFile:
    """One `Pulumi.<stack>.yaml`, read once. `text` is what it said then, line ends and all."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    @classmethod
    def read(cls, path: Path) -> StackFile:
        """Reads the file; raises Stop (usage) when it is not there or not UTF-8."""
        try:
            return cls(path, path.read_bytes().decode("utf-8"))
        except FileNotFoundError:
            raise usage(f"{path} does not exist") from None
        except UnicodeDecodeError as error:
            raise usage(f"{path.name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None

    def with_rollouts(self, entries: Mapping[str, Entry]) -> str:
        """The text with these apps' rollouts. Raises Stop (usage) where the file cannot be edited safely."""
        try:
            return with_rollouts(self.text, entries)
        except SpliceError as error:
            raise usage(f"{self.path.name}: {error}") from None
        except YAMLError as error:
            raise self.unreadable(error) from None

    def unreadable(self, error: YAMLError) -> Stop:
        """What a person needs to know of a YAML error: the line, the reason, tabs by name."""
        mark = getattr(error, "problem_mark", None)
        where = f"{self.path.name}:{mark.line + 1}" if mark else self.path.name
        reason = getattr(error, "problem", None) or str(error)
        if "\\t" in reason:
            return usage(f"{where}: a tab; YAML is indented with spaces only")
        return usage(f"{where}: not valid YAML: {reason}")

    def diff(self, new: str) -> str:
        """What changes, as a unified diff."""
        name = self.path.name
        lines = difflib.unified_diff(self.text.splitlines(), new.splitlines(), name, name, lineterm="", n=2)
        return "\n".join(lines)

    def unchanged(self) -> bool:
        """Whether the file on disk still says what was read."""
        return self.path.is_file() and self.path.read_bytes() == self.text.encode("utf-8")

    def now(self) -> StackFile:
        """The file as it is on disk by now."""
        return self if self.unchanged() else StackFile.read(self.path)

    def write(self, text: str) -> StackFile:
        """Replaces the file in one step; keeps its mode, follows a symbolic link. Returns the file as it is now."""
        if text.encode("utf-8") != self.path.read_bytes():
            replace(self.path.resolve(), text.encode("utf-8"))
        return StackFile(self.path, text)


def replace(target: Path, content: bytes) -> None:
    """Writes a file beside the target, makes it durable, renames it over: readers see the old or the new one."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def with_rollouts(text: str, entries: Mapping[str, Entry]) -> str:
    """`text` with `config: tandem:rollouts:` saying `entries` for the named apps. Pure.

    Raises SpliceError for what cannot be edited safely, YAMLError for what is no YAML.
    """
    bom, body = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
    editor = Editor(body)
    before = _compose(body)
    _edit_root(editor, before, entries)
    edited = editor.result()
    _prove(before, _compose(edited), entries)
    return bom + edited


def rollouts(text: str) -> dict[str, Entry]:
    """App → its rollout as plain data, of a stack file's text; empty where there is none. Pure. Raises Stop (usage)."""
    try:
        config = splice.entries(splice.entries(_compose(text.removeprefix(BOM))).get(CONFIG))
        return {app: splice.plain(node) for app, node in splice.entries(config.get(ROLLOUTS)).items()}
    except (SpliceError, YAMLError) as error:
        raise usage(f"{ROLLOUTS}: {error}") from None


@lru_cache(maxsize=32)
def _compose(text: str) -> Node:
    """Nodes are only looked at; what one edit leaves is what the next one starts from."""
    return YAML(typ="rt", pure=True).compose(text)


def _edit_root(editor: Editor, root: Node, entries: Mapping[str, Entry]) -> None:
    if root is None or splice.is_null(root):
        editor.add_lines(len(editor.text), ["config:", *_section("  ", entries)])
        return
    if not splice.is_mapping(root) or root.flow_style:
        raise SpliceError("expected lines such as `config:` at the top level, in block style")
    found = splice.child(root, CONFIG)
    if found is None:
        editor.add_lines(editor.end(*root.value[-1]), ["config:", *_section("  ", entries)])
        return
    key, config = found
    if splice.is_empty(config):
        editor.add_lines(editor.colon(key), _section("  ", entries))
    elif splice.is_block(config) and splice.is_mapping(config):
        _edit_config(editor, config, entries)
    else:
        raise SpliceError("config: write its keys on lines of their own (block style), so that one can be edited")


def _edit_config(editor: Editor, config: Node, entries: Mapping[str, Entry]) -> None:
    indent = " " * config.value[0][0].start_mark.column
    found = splice.child(config, ROLLOUTS)
    if found is None:
        editor.add_lines(editor.end(*config.value[-1]), _section(indent, entries))
        return
    key, rollouts = found
    _refuse_anchors(key, rollouts, ROLLOUTS)
    if splice.is_empty(rollouts):
        editor.add_lines(editor.colon(key), _lines(indent + "  ", entries))
    elif splice.is_null(rollouts):
        editor.replace(rollouts.start_mark.index, rollouts.end_mark.index, splice.flow(entries))
    elif not splice.is_mapping(rollouts):
        raise SpliceError(f"{ROLLOUTS}: expected apps by name, for example `web: {{live: green, …}}`")
    elif rollouts.flow_style:
        _edit_flow(editor, rollouts, entries)
    else:
        _edit_block(editor, rollouts, entries)


def _edit_block(editor: Editor, rollouts: Node, entries: Mapping[str, Entry]) -> None:
    indent = " " * rollouts.value[0][0].start_mark.column
    for app, entry in entries.items():
        found = splice.child(rollouts, app)
        if found is not None:
            editor.update_value(*found, _known(found[1], entry))
        else:
            editor.add_lines(editor.end(*rollouts.value[-1]), _lines(indent, {app: entry}))


def _edit_flow(editor: Editor, rollouts: Node, entries: Mapping[str, Entry]) -> None:
    present = {app: found for app in entries if (found := splice.child(rollouts, app))}
    for app, found in present.items():
        editor.update_value(*found, entries[app])
    new = {app: entry for app, entry in entries.items() if app not in present}
    if new:
        at = editor.end(*rollouts.value[-1]) if rollouts.value else rollouts.start_mark.index + 1
        editor.replace(at, at, (", " if rollouts.value else "") + splice.flow(new)[1:-1])


def _known(value: Node, entry: Entry) -> Entry:
    if not (splice.is_mapping(value) or splice.is_null(value)):
        raise SpliceError(f"{ROLLOUTS}: expected `live:`, `blue:`, `green:` under each app")
    return entry


def _section(indent: str, entries: Mapping[str, Entry]) -> list[str]:
    return [f"{indent}{ROLLOUTS}:", *_lines(indent + "  ", entries)]


def _lines(indent: str, entries: Mapping[str, Entry]) -> list[str]:
    lines = []
    for app, entry in entries.items():
        if not entry:
            lines.append(f"{indent}{app}: {{}}")
            continue
        lines.append(f"{indent}{app}:")
        lines += [f"{indent}  {field}: {splice.flow(value)}" for field, value in entry.items()]
    return lines


def _refuse_anchors(key: Node, value: Node, path: str) -> None:
    if splice.is_alias(key, value) or getattr(value, "anchor", None) or key.value == "<<":
        raise SpliceError(f"{path}: anchors, aliases and `<<` cannot be edited safely here; write the values out")
    if splice.is_mapping(value):
        for inner_key, inner in value.value:
            _refuse_anchors(inner_key, inner, f"{path}.{inner_key.value}")


def _prove(before: Node, after: Node, entries: Mapping[str, Entry]) -> None:
    """The edit did what was asked and nothing else; a text that would say anything different is never written."""
    unsafe = SpliceError(f"{ROLLOUTS}: written in a way that cannot be edited safely; write it in block style")
    said, now = splice.entries(before), splice.entries(after)
    config, config_now = splice.entries(said.pop(CONFIG, None)), splice.entries(now.pop(CONFIG, None))
    apps, apps_now = splice.entries(config.pop(ROLLOUTS, None)), splice.entries(config_now.pop(ROLLOUTS, None))
    kept = {name: node for name, node in apps.items() if name not in entries}
    kept_now = {name: node for name, node in apps_now.items() if name not in entries}
    for old, new in ((said, now), (config, config_now), (kept, kept_now)):
        if list(old) != list(new) or not all(splice.same(old[name], new[name]) for name in old):
            raise unsafe
    if any(app not in apps_now or splice.plain(apps_now[app]) != entry for app, entry in entries.items()):
        raise unsafe
