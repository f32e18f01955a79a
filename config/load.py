"""From a stack file, or the engine's config, to `Settings`; every mistake at once, as `file: path: reason` lines."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.forms import Mistake
from config.mistakes import explain, unknown_key
from config.names import NAMESPACE
from config.nearest import nearest
from config.secrets import STACK_NAMESPACE
from config.settings import Settings

FILE_KEYS = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")
"""What a stack file may say at its top; all but `config` are the engine's own."""

OURS = (NAMESPACE, STACK_NAMESPACE)
"""Namespaces of the keys that this program reads; others are the engine's and its providers'."""


class StackFileError(Exception):
    """A stack file that cannot be used; `str` is all its mistakes, one a line."""

    def __init__(self, file_name: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        lines = (": ".join(filter(None, (file_name, *mistake))) for mistake in self.mistakes)
        super().__init__("\n".join(lines))


def parse(raw: Mapping[str, Any], file_name: str) -> Settings:
    """Settings from the `tandem:` keys without their namespace. Raises StackFileError."""
    try:
        return Settings.model_validate(dict(raw))
    except ValidationError as error:
        raise StackFileError(file_name, explain(error, raw)) from None


def read_file(path: Path) -> Mapping[str, Any]:
    """The `tandem:` keys of a stack file without their namespace, unchecked. Raises StackFileError."""
    document = _yaml(path)
    mistakes = list(_about_the_file(document))
    if mistakes:
        raise StackFileError(path.name, mistakes)
    prefix = f"{NAMESPACE}:"
    return {key.removeprefix(prefix): value for key, value in document["config"].items() if key.startswith(prefix)}


def kept_names(path: Path) -> frozenset[str]:
    """Names of the values that a stack file holds for secrets, encrypted or not; never the values. StackFileError."""
    document = _yaml(path)
    config = document.get("config") if isinstance(document, Mapping) else None
    prefix = f"{STACK_NAMESPACE}:"
    keys = map(str, config) if isinstance(config, Mapping) else ()
    return frozenset(key.removeprefix(prefix) for key in keys if key.startswith(prefix))


def load() -> Settings:
    """Settings of the stack whose program runs now. Raises pulumi.RunError with every mistake."""
    import pulumi  # a quarter of a second that the command, which reads files, does not pay

    file_name = f"Pulumi.{pulumi.get_stack()}.yaml"
    try:
        return parse(_engine_config(file_name), file_name)
    except StackFileError as error:
        raise pulumi.RunError(str(error)) from None


def _yaml(path: Path) -> Any:
    from ruamel.yaml.error import YAMLError  # the program gets its config from the engine, not from YAML

    try:
        return copy.deepcopy(_document(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        reason = f"does not exist in {path.parent}; next: write it, for example from a copy of Pulumi.local.yaml"
    except UnicodeDecodeError:
        reason = "is not UTF-8 text; next: save it as UTF-8"
    except YAMLError as error:
        reason = _syntax(error)
    raise StackFileError(path.name, [Mistake("", reason)])


@lru_cache(maxsize=32)
def _document(text: str) -> Any:
    """A deploy reads its file again and again, mostly unchanged."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def _syntax(error: Exception) -> str:
    """One line about broken YAML. Never the text around it, which may be a secret."""
    mark, problem = getattr(error, "problem_mark", None), str(getattr(error, "problem", "") or "cannot be read")
    twice = re.search(r'found duplicate key "(.+?)"', problem)
    what = f"the key '{twice[1]}' appears twice: keep one" if twice else f"is not YAML: {problem}"
    if "'\\t'" in problem:
        what = "is not YAML: a tab cannot indent, for example two spaces can"
    return f"line {mark.line + 1}: {what}" if mark else what


def _about_the_file(document: Any) -> Iterator[Mistake]:
    if not isinstance(document, Mapping) or not isinstance(document.get("config"), Mapping):
        yield Mistake("config", f"is required, with the stack's keys, for example {{{NAMESPACE}:profile: local}}")
        return
    yield from (Mistake(str(key), unknown_key(str(key), FILE_KEYS)) for key in document if key not in FILE_KEYS)
    for key in document["config"]:
        namespace, colon, name = str(key).partition(":")
        if not colon:
            yield Mistake(f"config.{key}", f"needs a namespace, for example {NAMESPACE}:{key}")
        elif namespace not in OURS and (meant := nearest(namespace, OURS, cutoff=0.8)):
            yield Mistake(f"config.{key}", f"is in a namespace that nobody reads, did you mean '{meant}:{name}'?")


def _engine_config(file_name: str) -> Mapping[str, Any]:
    import pulumi
    from pulumi.runtime import config as engine  # pulumi.Config cannot list keys

    ours = pulumi.Config(NAMESPACE)
    prefix = f"{NAMESPACE}:"
    given = [key for key in {**(engine.get_config_env() or {}), **engine.CONFIG.get()} if key.startswith(prefix)]
    encrypted = [key for key in given if engine.is_config_secret(key) or key in engine.get_config_secret_keys_env()]
    if encrypted:
        reason = "holds an encrypted value: name it under an app's secrets instead, for example secrets: [DATABASE_URL]"
        raise StackFileError(file_name, [Mistake(key.removeprefix(prefix), reason) for key in encrypted])
    keys = dict.fromkeys([*Settings.model_fields, *(key.removeprefix(prefix) for key in given)])
    return {key: _decoded(text) for key in keys if (text := ours.get(key)) is not None}


def _decoded(text: str) -> Any:
    """The engine hands sections over as JSON and plain text as itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (dict, list)) else text
