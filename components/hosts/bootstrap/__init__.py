"""What makes any Debian or Ubuntu machine a host of ours, and takes it back: verbatim scripts and one settings file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from config.hosts import SshHost

FILES = Path(__file__).resolve().parent / "files"
SETTINGS = "settings"
"""Path of the settings in the tree."""


def tree(
    host: SshHost, project: str, stack: str, engine: str, *, gateway_ports: Sequence[int] = (), admitted: str = ""
) -> dict[str, str]:
    """Path → content, sorted by path. Run there as `sh host/bootstrap settings [SECONDS-SINCE-1970]`.

    `engine`: pinned on the machine, "" pins none. `gateway_ports`: what the firewall leaves open beside SSH.
    `admitted`: public keys, one a line, that the user shall be let in with.
    """
    files = {path.relative_to(FILES).as_posix(): path for path in FILES.rglob("*") if path.is_file()}
    contents = {path: file.read_text(encoding="utf-8") for path, file in files.items()}
    said = settings(host, project, stack, engine, gateway_ports=gateway_ports, admitted=admitted)
    return dict(sorted({**contents, SETTINGS: said}.items()))


def settings(
    host: SshHost, project: str, stack: str, engine: str, *, gateway_ports: Sequence[int] = (), admitted: str = ""
) -> str:
    """What the scripts are told: `key value` lines and a last line `end`, without which they do nothing."""
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
