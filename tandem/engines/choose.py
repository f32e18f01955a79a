"""Which engine runs a stack: the one it is pinned to, else Pulumi where it is complete, else the offline one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from config import names
from config.reached import Reached
from tandem.engines import Engine, StackRef
from tandem.exits import environment, refused, usage
from tandem.hosts.host import Host
from tandem.hosts.ssh import Ssh

Name = Literal["pulumi", "offline"]
PLUGINS = ("docker-v5.2.0", "command-v1.2.1")
"""What the program was proved with; other versions are not taken."""
GOOGLE = f"gcp-v{names.GOOGLE_PLUGIN}"
"""The same for stacks in Google Cloud."""


def name(stack: StackRef, requested: str | None, host: Host, *, kind: str = "local") -> Name:
    """The engine's name. Raises Stop where the request is no engine, not the stack's own, or not installed.

    `kind`: of the stack's host.
    """
    if requested not in (None, "pulumi", "offline"):
        raise usage(f"engine {requested!r}: expected pulumi or offline")
    pin = names.stack_directory(stack.project, stack.stack) / "engine"
    # The machine's own word first: on a host that others deploy to, this checkout may never have heard of them.
    pinned = host.engine() or (pin.read_text(encoding="utf-8").strip() if pin.is_file() else None)
    if pinned and requested and requested != pinned:
        raise refused(
            f"stack {stack.stack} is run by the engine {pinned}, whose state knows its containers. "
            f"Leave --engine out, or `tandem destroy` first and start again with {requested}"
        )
    missing = missing_parts(kind)
    wanted = pinned or requested or ("offline" if missing else "pulumi")
    if wanted == "offline" and kind == "gce":
        lacking = f"; it is not complete here: {'; '.join(missing)}" if missing else ""
        raise environment(
            f"stack {stack.stack}: the engine offline makes nothing in Google Cloud (host.kind: gce), "
            f"only the engine pulumi does{lacking}"
        )
    if wanted == "pulumi" and missing:
        raise environment(f"the engine pulumi is not complete here: {'; '.join(missing)}")
    return "pulumi" if wanted == "pulumi" else "offline"


def missing_parts(kind: str = "local") -> list[str]:
    """What the engine pulumi lacks on this machine for a stack on such a host, each with the command that gets it."""
    if shutil.which("pulumi") is None:
        return ["no `pulumi` on PATH (https://www.pulumi.com/docs/install/)"]
    plugins = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    return [
        f"plugin {plugin} is missing (`pulumi plugin install resource {plugin.replace('-v', ' ')}`)"
        for plugin in (*PLUGINS, *((GOOGLE,) if kind == "gce" else ()))
        if not (plugins / f"resource-{plugin}").is_dir()
    ]


def build(chosen: Name, stack: StackRef, host: Host, *, local: bool, text: str | None = None) -> Engine:
    """The engine itself, bound to the stack; `text` stands in for the stack file where it is the CLI that reads it."""
    if chosen == "pulumi":
        from tandem.engines.pulumi import PulumiEngine

        # A machine that the stack makes is told by its bootstrap, and is gone when the stack is destroyed.
        there = host if isinstance(host, Ssh) and not isinstance(host.link.host, Reached) else None
        return PulumiEngine(stack, local=local, text=text, tell=there.belongs_to if there else None)
    from tandem.engines.offline import OfflineEngine

    if not isinstance(host, Ssh):
        return OfflineEngine(stack)
    from tandem.engines.offline.remote_store import SshStore
    from tandem.engines.offline.resources.docker import Daemon

    def connect(address: str) -> Daemon:
        return Daemon(host.link.docker_socket() if address == host.docker.endpoint else address)

    return OfflineEngine(stack, connect=connect, store=SshStore(host, names.stack_prefix(stack.project, stack.stack)))


@contextmanager
def for_text(chosen: Name, stack: StackRef, text: str, host: Host, *, local: bool) -> Iterator[Engine]:
    """The engine for a preview of another content of the stack file, which itself stays as it is."""
    if chosen == "pulumi":
        yield build(chosen, stack, host, local=local, text=text)
        return
    with tempfile.TemporaryDirectory(prefix="tandem-") as folder:
        elsewhere = replace(stack, directory=Path(folder))
        shutil.copy(stack.directory / "Pulumi.yaml", folder)
        elsewhere.file.write_text(text, encoding="utf-8", newline="")
        yield build(chosen, elsewhere, host, local=local)
