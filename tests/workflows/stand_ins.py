"""What stands in here for the actions of others, each by name."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.workflows.repository import git
from tests.workflows.runner import Place, StandIn


def checkout(place: Place, given: Mapping[str, Any]) -> None:
    """`actions/checkout`: a clone of the origin at the commit or branch, attached where it is a branch."""
    github = place.contexts["github"]
    bare = Path(github["clone_url"])
    shallow = [] if given.get("fetch-depth") == 0 else ["--depth=1", "--no-tags"]
    git(bare, "clone", "--quiet", "--no-checkout", *shallow, f"file://{bare}", str(place.folder))
    ref = str(given.get("ref") or github["ref"])
    branch = ref.removeprefix("refs/heads/")
    wanted = f"origin/{branch}" if given.get("ref") else github["sha"]
    git(place.folder, "checkout", "--quiet", "-B", branch, wanted)


def login(place: Place, given: Mapping[str, Any]) -> None:
    """`docker/login-action`: logged in as long as the job lives, in a folder of its own."""
    secret = base64.b64encode(f"{given['username']}:{given['password']}".encode()).decode()
    folder = place.folder.parent / "docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"auths": {given["registry"]: {"auth": secret}}}))
    place.env["DOCKER_CONFIG"] = str(folder)


def nothing(place: Place, given: Mapping[str, Any]) -> None:
    """An action without which the steps run here as well."""


def ready(place: Place, given: Mapping[str, Any]) -> None:
    """`./.github/actions/ready`: this Python's environment in place of one of its own; no CLI, no cloud."""
    assert given.get("provider"), "the job's environment says nobody to sign in as"
    venv(place, given)


def venv(place: Place, given: Mapping[str, Any]) -> None:
    """`setup/locked setup/venv`: this Python's environment; making one takes a minute, and has tests of its own."""
    (place.folder / ".venv").symlink_to(Path(sys.prefix))


STAND_INS: dict[str, StandIn] = {
    "actions/checkout": checkout,
    "docker/setup-buildx-action": nothing,
    "docker/login-action": login,
    "./.github/actions/ready": ready,
    "setup/locked setup/venv": venv,
}
