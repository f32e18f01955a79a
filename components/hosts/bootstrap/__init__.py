"""What makes any Debian or Ubuntu machine a host of ours, and takes it back: verbatim scripts and one settings file."""

from __future__ import annotations

from collections.abc import Sequence

from config.bootstrap import FILES, SETTINGS, settings
from config.hosts import SshHost


def tree(
    host: SshHost, project: str, stack: str, engine: str, *, gateway_ports: Sequence[int] = (), admitted: str = ""
) -> dict[str, str]:
    """Path → content, sorted by path; packed, it is the stdin of `config.bootstrap.RUN`. See there for the rest."""
    files = {path.relative_to(FILES).as_posix(): path for path in FILES.rglob("*") if path.is_file()}
    contents = {path: file.read_text(encoding="utf-8") for path, file in files.items()}
    said = settings(host, project, stack, engine, gateway_ports=gateway_ports, admitted=admitted)
    return dict(sorted({**contents, SETTINGS: said}.items()))
