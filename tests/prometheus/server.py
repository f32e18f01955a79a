"""The container, and questions to its API."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from images import build, plan
from tests.host.docker import docker, free_port, labels, remove_leftovers
from tests.host.stage import until

SCOPE = "prometheus"
IMAGE = plan.Image("tandem-prometheus:test", Path(__file__).parent / "image", "debian:13-slim")

Target = tuple[str, str, str]
"""Release, role, health (up, down, unknown)."""


@dataclass(frozen=True)
class Prometheus:
    """One that runs, asked on the loopback."""

    container: str
    port: int

    def ask(self, path: str, **query: str) -> Any:
        """`data` of an answer of its API."""
        words = f"?{urllib.parse.urlencode(query)}" if query else ""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}{words}", timeout=10) as answer:
            return json.load(answer)["data"]

    def targets(self, *, since: float) -> dict[str, list[Target]]:
        """What each job scrapes now; the health of one that was not asked since then (Unix time) is unknown."""
        found: dict[str, list[Target]] = {}
        for one in self.ask("targets", state="active")["activeTargets"]:
            labels, fresh = one["labels"], unix(one["lastScrape"]) > since
            target = (labels["release"], labels["role"], one["health"] if fresh else "unknown")
            found[one["scrapePool"]] = sorted([*found.get(one["scrapePool"], []), target])
        return found

    def samples(self, query: str) -> list[tuple[Mapping[str, str], list[tuple[float, str]]]]:
        """Raw samples of a range selector: labels, then (Unix time, value) of each scrape."""
        return [(one["metric"], one["values"]) for one in self.ask("query", query=query)["result"]]

    def life(self) -> tuple[Any, ...]:
        """What changes when it starts again or reads its configuration again."""
        said = self.ask("status/runtimeinfo")
        started = docker("inspect", "-f", "{{.State.StartedAt}} {{.RestartCount}}", self.container)
        return said["startTime"], said["lastConfigTime"], started

    def version(self) -> str:
        """Its own version."""
        return str(self.ask("status/buildinfo")["version"])


def unix(moment: str) -> float:
    """`2026-10-01T12:00:00.123456789Z` in seconds since 1970."""
    head, _, rest = moment.partition(".")
    zone = next((mark for mark in ("+", "-", "Z") if mark in rest), "")
    fraction, _, offset = rest.partition(zone) if zone else (rest, "", "")
    suffix = "+00:00" if zone in ("", "Z") else zone + offset
    return datetime.fromisoformat(f"{head.removesuffix('Z')}.{fraction[:6] or '0'}{suffix}").timestamp()


@contextmanager
def running(folder: Path, configuration: str, hosts: Sequence[str]) -> Iterator[Prometheus]:
    """One with this configuration while the block runs. `folder` is at /targets; `hosts` are names of this machine."""
    remove_leftovers(SCOPE)
    image = build.ensure([IMAGE])[IMAGE.alias]
    (folder / "prometheus.yml").write_text(configuration)
    port = free_port()
    container = docker(
        *("run", "-d", *labels(SCOPE), "--network", "host", "--user", f"{os.getuid()}:{os.getgid()}"),
        *(part for name in hosts for part in ("--add-host", f"{name}:127.0.0.1")),
        *("--tmpfs", "/data:mode=1777", "-v", f"{folder}:/targets:ro", image),
        *("--config.file=/targets/prometheus.yml", "--storage.tsdb.path=/data"),
        f"--web.listen-address=127.0.0.1:{port}",
    )
    made = Prometheus(container, port)
    try:
        until(lambda: _answers(made), seconds=30)
        yield made
    except AssertionError:
        print(docker("logs", "--tail", "30", container, errors=True))  # noqa: T201  (pytest shows it)
        raise
    finally:
        docker("rm", "-fv", container, check=False)


def _answers(one: Prometheus) -> bool:
    try:
        return bool(one.life())
    except OSError:
        return False
