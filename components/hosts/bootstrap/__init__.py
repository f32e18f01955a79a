"""What makes any Debian or Ubuntu machine a host of ours, and takes it back: verbatim scripts and one settings file."""

from __future__ import annotations

from collections.abc import Sequence

from components.archive import verbatim
from config.bootstrap import FILES, SETTINGS, settings
from config.hosts import SshHost


def tree(
    host: SshHost, project: str, stack: str, engine: str, *, gateway_ports: Sequence[int] = (), admitted: str = ""
) -> dict[str, str]:
    """Path → content, sorted by path; packed, it is the stdin of `config.bootstrap.RUN`. See there for the rest."""
    said = settings(host, project, stack, engine, gateway_ports=gateway_ports, admitted=admitted)
    return dict(sorted({**verbatim(FILES), SETTINGS: said}.items()))
