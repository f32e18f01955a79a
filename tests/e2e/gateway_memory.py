"""What the gateway's nginx processes hold: the workers that only linger for their streams, and those at work."""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.project import docker

_LOOK = r"""
for process in /proc/[0-9]*; do
    title=$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) || continue
    case $title in *"nginx: worker"*) ;; *) continue ;; esac
    awk -v title="$title" '/^VmRSS|^RssAnon/ { size[$1] = $2 }
        END { print size["VmRSS:"], size["RssAnon:"], (title ~ /shutting down/ ? "old" : "new") }' "$process/status"
done 2>/dev/null
"""


@dataclass(frozen=True)
class Workers:
    """Sums over one kind of worker, in KiB. `private` is what no other process shares."""

    count: int
    resident: int
    private: int


def workers(gateway: str) -> dict[str, Workers]:
    """`old` (shutting down) and `new` workers of the gateway container."""
    rows = [line.split() for line in docker("exec", gateway, "sh", "-c", _LOOK).splitlines()]
    return {
        kind: Workers(
            count=sum(row[2] == kind for row in rows),
            resident=sum(int(row[0]) for row in rows if row[2] == kind),
            private=sum(int(row[1]) for row in rows if row[2] == kind),
        )
        for kind in ("old", "new")
    }
