"""Can the stack's network be removed? Docker keeps one in which a container of somebody else runs."""

from __future__ import annotations

from collections.abc import Mapping

from tandem.checks.finding import Finding, bad, good
from tandem.docker import Docker


def removable(docker: Docker, network: str, labels: Mapping[str, str]) -> Finding:
    """Whether only containers with the stack's `labels` run in its network. Guests: `docs/from-compose.md`."""
    ours = {box.name for box in docker.containers(labels)}
    guests = [name for name in docker.running_in(network) if name not in ours]
    if not guests:
        return good("network", f"nobody else is in {network}")
    remedy = "\n".join(f"next: docker network disconnect {network} {name}" for name in guests)
    verb = "is" if len(guests) == 1 else "are"
    return bad("network", f"{', '.join(guests)} {verb} in {network} and not the stack's, so it cannot go", remedy)
