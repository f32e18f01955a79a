"""Scrape targets: what a Prometheus elsewhere must know of a release. The program, the command and the gateway's
`/.tandem/targets` say the same: here is the form they share.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import urlsplit

from config import names

PATH = "/.tandem/metrics/"
"""Before a release's name: its numbers through the gateway, on every host name of its app."""
LISTING = "/.tandem/targets"
"""Path of an app's targets for Prometheus' http_sd."""

Role = Literal["live", "standby"]


def group(*, project: str, stack: str, app: str, release: str, role: Role, url: str) -> dict[str, Any]:
    """One target group of file_sd and http_sd: a release of an app. `url`: where the app answers."""
    where = urlsplit(url)
    colour, _ = names.split_release(release)
    return {
        "targets": [where.netloc],
        "labels": {
            "__scheme__": where.scheme,
            "__metrics_path__": PATH + release,
            "app": app,
            "colour": colour,
            "release": release,
            "role": role,
            "stack": stack,
            "project": project,
        },
    }


def groups(
    *, project: str, stack: str, app: str, releases: Iterable[str], live: str | None, url: str
) -> list[dict[str, Any]]:
    """A group per release, the live one first."""
    known = sorted(dict.fromkeys(releases), key=lambda release: (release != live, release))
    return [
        group(
            project=project,
            stack=stack,
            app=app,
            release=release,
            role="live" if release == live else "standby",
            url=url,
        )
        for release in known
    ]
