"""The stack file's `config:` as the Pulumi CLI hands it to a program: every value a string, objects as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tandem.engines import EngineError

Stand = Callable[[str], str]


def read(path: Path, project: str, instead: Stand | None = None) -> dict[str, str]:
    """Config by full key (`namespace:name`). Raises EngineError, one line per mistake.

    `instead`: what stands in for a `secure` value, by its cipher text; without it such a value is a mistake.
    """
    # Pure Python and YAML 1.2, as the CLI reads it: `on` and `12:30` are strings.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise EngineError(f"{path.name}: there is no such stack file in {path.parent}") from None
    except YAMLError as error:
        raise EngineError(f"{path.name}: not YAML: {error}") from error
    config = (raw.get("config") or {}) if isinstance(raw, dict) else None
    if not isinstance(config, dict):
        raise EngineError(f"{path.name}: config: expected a mapping, for example `config: {{tandem:profile: local}}`")
    if instead:
        config = {key: _without_secure(value, instead) for key, value in config.items()}
    sealed = [str(key) for key, value in config.items() if _holds_secure(value)]
    if sealed:
        raise EngineError("\n".join(_refusal(path, key) for key in sealed))
    return {_full_key(str(key), project): as_text(value) for key, value in config.items()}


def _full_key(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def as_text(value: Any) -> str:
    """A config value as its program sees it."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case dict() | list():
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
        case _:
            return str(value)


def _holds_secure(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(_holds_secure(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secure(item) for item in value)


def _without_secure(value: Any, instead: Stand) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return instead(str(value["secure"]))
        return {key: _without_secure(item, instead) for key, item in value.items()}
    return [_without_secure(item, instead) for item in value] if isinstance(value, list) else value


def _refusal(path: Path, key: str) -> str:
    return (
        f"{path.name}: {key}: the offline engine can't decrypt `secure` values; use source env "
        "(`tandem:secrets: {source: env}`), or the engine pulumi"
    )
