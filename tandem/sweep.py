"""Containers that a killed run left behind: they carry the stack's labels, but no state knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tandem.docker import Container, DockerError
from tandem.engines import Result
from tandem.session import Session


def sweep(session: Session, result: Result) -> None:
    """Removes them after a good run, when what belongs to the stack is known by name. Says what it removes."""
    releases = result.outputs.get("releases")
    if releases is None:
        return
    try:
        for box in orphans(session.docker.containers(session.labels), releases):
            session.docker.remove(box.id)
            session.show.warn(f"removed {box.name} ({box.state}): a killed run left it, and nothing knew it")
    except DockerError as error:
        session.show.warn(f"cannot look for containers of killed runs: {error}")


def orphans(boxes: Iterable[Container], releases: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[Container]:
    """App containers whose release the stack has under another container name; `releases` is the stack output.

    A release that the stack does not have is none of these: it may be the last one that serves.
    """
    known = {release["container"] for of_app in releases.values() for release in of_app.values()}
    ids = {(app, release["release"]) for app, of_app in releases.items() for release in of_app.values()}
    return [box for box in boxes if box.role == "app" and box.name not in known and (box.app, box.release) in ids]
