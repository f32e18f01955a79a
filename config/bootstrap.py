"""What a machine is told when it becomes a host of ours. Pure: program and command say the same.

The scripts are verbatim, in `components/hosts/bootstrap/files`; this is the one file beside them that a stack makes.
"""

from __future__ import annotations

from collections.abc import Sequence

from config import names
from config.hosts import SshHost

FILES = names.ROOT / "components" / "hosts" / "bootstrap" / "files"
SETTINGS = "settings"
"""Where the settings are in the tree of scripts."""

RUN = (
    'd=$(mktemp -d) && base64 -d | tar -x -f - -C "$d" && sh "$d/host/bootstrap" "$d/settings" "${1:-}"; '
    'code=$?; rm -rf "$d"; exit $code'
)
"""Unpacks the tree on stdin (a tar in base64) and runs it; $1 is the client's time, seconds since 1970."""

REMOVE = "/usr/local/lib/tandem/unbootstrap"
"""Takes back, on the machine, what a bootstrap did for one stack, named `<project>-<stack>`."""

UNFIT = 78
"""Exit code of a machine that is refused: nothing was changed, one line on stderr says why."""


def settings(
    host: SshHost, project: str, stack: str, engine: str, *, gateway_ports: Sequence[int] = (), admitted: str = ""
) -> str:
    """`key value` lines and a last line `end`, without which the scripts do nothing.

    `engine`: pinned on the machine, "" pins none. `gateway_ports`: what the firewall leaves open beside SSH.
    `admitted`: public keys, one a line, that the user shall be let in with.
    """
    said = [
        ("project", project),
        ("stack", stack),
        ("engine", engine),
        ("user", host.user),
        ("address", host.address),
        ("port", str(host.port)),
        ("hardening", "yes" if host.hardening else "no"),
        ("min_free_gb", str(host.min_free_gb)),
        *(("gateway_port", str(port)) for port in gateway_ports),
        *(("admit", line.strip()) for line in admitted.splitlines() if line.strip()),
    ]
    return "".join(f"{key} {value}\n" for key, value in said if value) + "end\n"
