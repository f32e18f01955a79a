"""`tandem stats`: what the stack's containers use this moment, by app, role and release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tandem.docker import Container
from tandem.hosts.truth import Truth
from tandem.says.tables import table
from tandem.stack.session import Session

ROLES = ("app", "worker", "job", "cron", "gateway", "scheduler")
"""Releases first, then what runs beside them, then what all share."""
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"([0-9.]+)\s*([kmgt]?)(i?)b\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Usage:
    """One container. `cpu_percent`: of one processor; sizes in bytes. None: Docker does not say."""

    app: str
    role: str
    colour: str
    release: str
    container: str
    live: bool
    cpu_percent: float | None
    memory: int | None
    memory_limit: int | None
    net_in: int | None
    net_out: int | None
    block_read: int | None
    block_written: int | None
    processes: int | None


def sample(session: Session) -> list[Usage]:
    """One look, which takes Docker about two seconds. Raises DockerError."""
    truth = session.truth()
    running = [box for box in truth.containers if box.state == "running"]
    rows = session.docker.stats(*(box.id for box in running)) if running else []
    said = {row.get("ID", ""): row for row in rows}
    found = [read(box, said[box.id], live=is_live(box, session, truth)) for box in running if box.id in said]
    return sorted(found, key=lambda one: (place(one.role), one.app, not one.live, one.container))


def is_live(box: Container, session: Session, truth: Truth) -> bool:
    """Whether its release has the app's traffic."""
    if box.role != "app" or box.app not in session.settings.apps:
        return False
    return box.release == truth.live(box.app, session.settings.rollout(box.app))


def place(role: str) -> int:
    """Where a role stands in the table."""
    return ROLES.index(role) if role in ROLES else len(ROLES)


def read(box: Container, row: Mapping[str, str], *, live: bool) -> Usage:
    """One row of Docker's, as numbers."""
    used, limit = pair(row.get("MemUsage", ""))
    net_in, net_out = pair(row.get("NetIO", ""))
    block_read, block_written = pair(row.get("BlockIO", ""))
    pids = row.get("PIDs", "")
    return Usage(
        app=box.app,
        role=box.role,
        colour=box.colour,
        release=box.release,
        container=box.name,
        live=live,
        cpu_percent=number(row.get("CPUPerc", "")),
        memory=used,
        memory_limit=limit,
        net_in=net_in,
        net_out=net_out,
        block_read=block_read,
        block_written=block_written,
        processes=int(pids) if pids.isdigit() else None,
    )


def pair(text: str) -> tuple[int | None, int | None]:
    """`1.5MiB / 96MiB` in bytes."""
    first, _, second = text.partition("/")
    return size(first), size(second)


def size(text: str) -> int | None:
    """`1.5MiB` or `1.2kB` in bytes; None for what is no size."""
    found = _SIZE.match(text.strip())
    if not found:
        return None
    units = _BINARY if found[3] else _UNITS
    return round(float(found[1]) * units[found[2].lower()])


def number(percent: str) -> float | None:
    """`1.5%` as 1.5."""
    try:
        return float(percent.rstrip("%"))
    except ValueError:
        return None


def lines(found: Sequence[Usage]) -> list[str]:
    """The table for people, and what all of it uses together."""
    if not found:
        return ["nothing runs"]
    rows = [["APP", "ROLE", "RELEASE", "CPU", "MEMORY", "LIMIT", "OF IT", "NET IN/OUT", "DISK R/W", "PROCESSES"]]
    rows += [list(_row(one)) for one in found]
    cpu = sum(one.cpu_percent or 0.0 for one in found)
    memory = sum(one.memory or 0 for one in found)
    return [*table(rows), f"{len(found)} containers: {cpu:.1f} % of a processor, {mib(memory)}"]


def _row(one: Usage) -> Iterator[str]:
    yield one.app or "-"
    yield one.role
    yield f"{one.release}{' *' if one.live else ''}" if one.release else "-"
    yield "-" if one.cpu_percent is None else f"{one.cpu_percent:.1f} %"
    yield mib(one.memory)
    yield mib(one.memory_limit)
    share = one.memory / one.memory_limit * 100 if one.memory is not None and one.memory_limit else None
    yield "-" if share is None else f"{share:.0f} %"
    yield f"{mib(one.net_in)}/{mib(one.net_out)}"
    yield f"{mib(one.block_read)}/{mib(one.block_written)}"
    yield "-" if one.processes is None else str(one.processes)


def mib(value: int | None) -> str:
    """Bytes as MiB."""
    return "-" if value is None else f"{value / (1 << 20):.1f} MiB"


def as_json(found: Sequence[Usage]) -> dict[str, Any]:
    """One look as one JSON line."""
    return {"containers": [asdict(one) for one in found]}
