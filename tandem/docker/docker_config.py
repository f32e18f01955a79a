"""Docker's own settings of a user, with the stack's logins beside them: what `docker build` and `docker push` read."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.registries import HUB
from tandem.docker.logins import Account
from tandem.exits import usage

FILE = "config.json"
_HUB_KEY = "https://index.docker.io/v1/"
"""What Docker Hub is called in this file, and only there."""


def with_logins(own: Mapping[str, Any], accounts: Mapping[str, Account]) -> dict[str, Any]:
    """The user's settings, where the stack's accounts hold for their registries and everything else is as it was."""
    told = {_HUB_KEY if registry == HUB else registry: account for registry, account in accounts.items()}
    said = {**own, "auths": {**(own.get("auths") or {}), **{place: _auth(one) for place, one in told.items()}}}
    if own.get("credsStore") or own.get("credHelpers"):
        # A helper would be asked first, and a name without one is looked up in this file.
        said["credHelpers"] = {**(own.get("credHelpers") or {}), **dict.fromkeys(told, "")}
    return said


def read(folder: Path) -> dict[str, Any]:
    """The settings in a user's folder; empty where there are none. Raises Stop (usage) for what Docker cannot read."""
    file = folder / FILE
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise usage(f"{file}: Docker's own settings cannot be read: {error}") from None
    if not isinstance(said, dict):
        raise usage(f"{file}: Docker's own settings must be a JSON object")
    return said


def _auth(account: Account) -> dict[str, str]:
    pair = f"{account.user}:{account.password}"
    return {"auth": base64.b64encode(pair.encode()).decode()}
