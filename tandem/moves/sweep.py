"""Containers that a killed run left behind: they carry the stack's labels, but no state knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tandem.docker import Container, DockerError
from tandem.engines import Result
from tandem.stack.session import Session

BESIDE = ("job", "worker", "cron")
"""Roles of what runs beside releases and never has traffic."""


def sweep(session: Session, result: Result) -> None:
    """Removes them after a good run, when what belongs to the stack is known by name. Says what it removes.

    One that runs may have served until this very run, and ends what it is answering.
    """
    if result.outputs.get("releases") is None:
        return
    try:
        boxes = session.docker.containers(session.labels)
        for box in [*orphans(boxes, declared(result.outputs)), *strays(boxes, result.outputs.get("beside", {}))]:
            if box.state == "running":
                session.docker.stop(box.id)
            session.docker.remove(box.id)
            session.show.warn(f"removed {box.name} ({box.state}): a killed run left it, and nothing knew it")
    except DockerError as error:
        session.show.warn(f"cannot look for containers of killed runs: {error}")


def strays(boxes: Iterable[Container], beside: Mapping[str, Iterable[str]]) -> list[Container]:
    """Containers of jobs, workers and cron of these apps that are none of `beside`, which names those of the stack.

    But for a job that runs still: a migration is not cut off half-way, whoever began it; a later run finds it ended.
    """
    known = {name for of_app in beside.values() for name in of_app}
    return [
        box
        for box in boxes
        if box.role in BESIDE and box.app in beside and box.name not in known and not _is_at_work(box)
    ]


def _is_at_work(box: Container) -> bool:
    return box.role == "job" and box.state == "running"


def declared(outputs: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """App → every release that the last run declared: on a colour, or draining."""
    draining = outputs.get("draining", {})
    return {app: [*of_app.values(), *draining.get(app, ())] for app, of_app in outputs["releases"].items()}


def orphans(boxes: Iterable[Container], releases: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Container]:
    """App containers whose release the stack has under another container name; `releases` as `declared` gives them.

    A release that the stack does not have is none of these: it may be the last one that serves.
    """
    known = {release["container"] for of_app in releases.values() for release in of_app}
    ids = {(app, release["release"]) for app, of_app in releases.items() for release in of_app}
    return [box for box in boxes if box.role == "app" and box.name not in known and (box.app, box.release) in ids]
