"""The images that machines boot: per Debian suite a tree, the bare machine on it, and the one with Docker on that."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from images import plan
from images.base.choice import bootstrap, debian_mirror
from images.build import alone
from images.daemon import BuildError, Daemon
from images.progress import Progress

HERE = Path(__file__).parent
SUITES = ("bookworm", "trixie")

TREE = (
    *("ca-certificates", "curl", "dbus", "iproute2", "kmod", "netbase", "openssh-server", "procps", "python3"),
    *("systemd", "systemd-sysv"),
)
"""What a provider's smallest Debian has; no sudo, as after an installation with a password for root."""

_HOST = ("docker.io", "iptables", "jq", "nftables", "sudo", "systemd-timesyncd", "unattended-upgrades")

DOCKER = {"bookworm": _HOST, "trixie": (*_HOST, "docker-cli")}
"""What a bootstrap installs, so that one of this machine fetches nothing."""


@dataclass(frozen=True)
class Kind:
    """A machine's suite, and whether Docker is on it."""

    suite: str = "bookworm"
    bare: bool = False

    def tree(self) -> str:
        """Tag of the tree: a hash of its recipe."""
        recipe = plan.BASE_RECIPE.read_text(encoding="utf-8")
        return f"tandem-machine-tree:{self.suite}-{plan.digest(recipe, *TREE)}"

    def image(self) -> str:
        """Tag of what it boots: a hash of all that goes into it."""
        bare = f"tandem-machine-bare:{self.suite}-{plan.digest(self.tree(), *plan.contents(HERE / 'bare'))}"
        if self.bare:
            return bare
        packages = DOCKER[self.suite]
        return f"tandem-machine:{self.suite}-{plan.digest(bare, *packages, *plan.contents(HERE / 'docker'))}"


def missing(kind: Kind) -> str | None:
    """What stands against making this machine here; None when its image is there or can be made."""
    if Daemon().has(kind.image()):
        return None
    if shutil.which("apt-get") is None or debian_mirror() is None:
        return "a Debian mirror in /etc/apt (the machine for tests is made from it)"
    return None if os.geteuid() == 0 else "root (the machine for tests is made from a Debian mirror)"


def ensure(kind: Kind, progress: Progress) -> str:
    """The kind's image, built unless it is there. Raises BuildError when it cannot be made here."""
    daemon = Daemon()
    if daemon.has(kind.image()):
        return kind.image()
    if stands_against := missing(kind):
        raise BuildError(f"{kind.image()} is missing, and making it needs {stands_against}")
    mirror = debian_mirror()
    assert mirror
    bare = Kind(kind.suite, bare=True).image()
    with alone(progress):
        _unless_there(daemon, kind.tree(), lambda tag: bootstrap(kind.suite, mirror, tag, TREE, progress))
        _unless_there(daemon, bare, lambda tag: _build(daemon, "bare", tag, {"BASE": kind.tree()}, progress))
        packages = {"BASE": bare, "PACKAGES": " ".join(DOCKER[kind.suite])}
        _unless_there(daemon, kind.image(), lambda tag: _build(daemon, "docker", tag, packages, progress))
    return kind.image()


def _unless_there(daemon: Daemon, tag: str, make: Callable[[str], None]) -> None:
    if not daemon.has(tag):
        make(tag)


def _build(daemon: Daemon, context: str, tag: str, arguments: dict[str, str], progress: Progress) -> None:
    progress.say(f"building {tag}")
    daemon.build(HERE / context, tag=tag, arguments=arguments, progress=progress)
