"""A bare machine: a container with a Debian tree, git, make and Python, all capabilities, and no Docker yet."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from config.names import ROOT
from images import plan
from images.base.choice import bootstrap, debian_mirror
from images.build import alone
from images.daemon import BuildError, Daemon
from images.progress import Progress

PACKAGES = ("ca-certificates", "git", "make", "python3")
CHECKOUT = "/root/tandem"
LABEL = "tandem.test=fresh"

# What `--privileged` would give, without CAP_SYS_RESOURCE, which not every machine may hand out.
AS_A_MACHINE = (
    *("--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--cgroupns", "private", "--device-cgroup-rule", "a *:* rwm"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--security-opt", "systempaths=unconfined"),
    # Docker on top of a container's own layers would fall back to vfs.
    *("--volume", "/var/lib/docker"),
)

PASSED_ON = ("PIP_", "UV_", "SSL_", "REQUESTS_", "CURL_CA", "GIT_SSL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Beginnings of variables that say how this machine reaches its package registries."""


def image(suite: str, progress: Progress) -> str:
    """The bare tree of a suite as an image; made once per recipe."""
    recipe = plan.BASE_RECIPE.read_text(encoding="utf-8")
    tag = f"tandem-fresh:{suite}-{plan.digest(recipe, *PACKAGES)}"
    if not Daemon().has(tag):
        mirror = debian_mirror()
        if mirror is None:
            raise BuildError("the bare machine is made from a Debian mirror, and /etc/apt names none")
        with alone(progress):
            bootstrap(suite, mirror, tag, PACKAGES, progress)
    return tag


def boot(name: str, image_tag: str) -> None:
    """Start the machine, and clone what is committed here."""
    settings = Path("/etc/pip.conf")
    subprocess.run(
        [
            *("docker", "run", "--detach", "--name", name, "--hostname", name, "--label", LABEL, *AS_A_MACHINE),
            *("--volume", f"{ROOT}:/source:ro", "--volume", f"{ROOT}/tests/fresh/init:/sbin/fresh-init:ro"),
            *(("--volume", f"{settings}:{settings}:ro") if settings.exists() else ()),
            *(word for key, value in ways_out().items() for word in ("--env", f"{key}={value}")),
            *("--env", "CI=true", image_tag, "/sbin/fresh-init"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    inside(name, "git", "-c", "safe.directory=*", "clone", "--quiet", "/source", CHECKOUT)


def ways_out() -> dict[str, str]:
    """This machine's own settings for registries, proxies and certificates."""
    return {key: value for key, value in os.environ.items() if key.upper().startswith(PASSED_ON)}


def inside(name: str, *command: str) -> None:
    """Run in the machine, without input."""
    subprocess.run(["docker", "exec", name, *command], check=True, stdin=subprocess.DEVNULL)


def timed(name: str, target: str, log: Path) -> tuple[int, float]:
    """`make TARGET` in the checkout, output on the screen and in `log`; exit code and seconds."""
    started = time.monotonic()
    command = ["docker", "exec", name, "make", "-C", CHECKOUT, target]
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            file.write(f"{time.monotonic() - started:7.1f}  {line}")
            file.flush()
            print(f"  {name}  {line}", end="", flush=True)  # noqa: T201
    return process.returncode, time.monotonic() - started


def remove_all() -> None:
    """Every machine of this or a killed run, with its Docker's data."""
    listing = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"label={LABEL}"], check=True, capture_output=True, text=True
    )
    if names := listing.stdout.split():
        subprocess.run(["docker", "rm", "--force", "--volumes", *names], check=True, stdout=subprocess.DEVNULL)
