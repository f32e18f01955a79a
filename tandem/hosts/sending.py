"""Images that only this machine's Docker has, sent to a host: no registry in between."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import IO

from tandem.docker import Docker, Image, environment
from tandem.exits import environment as lacking
from tandem.hosts.link import Link

LIMIT = 1800.0
"""Seconds an image may travel."""
MB = 1_000_000


def send(reference: str, image: Image, local: Docker, link: Link, say: Callable[[str], None]) -> None:
    """Sends it, packed, under the name by which it is asked for. Raises Stop when it does not arrive whole."""
    say(f"sending {reference} to {link.host.address} ({image.size // MB} MB before it is packed)")
    with (
        _piped(["docker", "--host", local.endpoint, "save", reference]) as saved,
        _piped(["gzip", "-1"], saved.stdout) as packed,
        subprocess.Popen(
            link.argv("docker load --quiet"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as loaded,
    ):
        assert packed.stdout is not None
        assert loaded.stdin is not None
        timer = threading.Timer(LIMIT, loaded.kill)
        timer.start()
        try:
            sent = _pump(packed.stdout, loaded.stdin)
            said = loaded.communicate()[1].decode(errors="replace").strip()
        finally:
            timer.cancel()
    if saved.returncode or packed.returncode or loaded.returncode:
        raise lacking(f"{reference} did not arrive at {link.host.address}: {said or 'the connection broke off'}")
    say(f"sent {reference}: {sent / MB:.1f} MB")


def _piped(command: list[str], stdin: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, env=environment())


def _pump(source: IO[bytes], target: IO[bytes]) -> int:
    """Bytes that went through; it ends early when nobody takes them."""
    sent = 0
    try:
        while chunk := source.read1(1 << 16):  # type: ignore[attr-defined]
            target.write(chunk)
            sent += len(chunk)
    except OSError:
        pass  # whoever took them says why
    return sent
