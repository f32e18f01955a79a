"""Several questions to a host in one round trip: `files/ask`, and how its answer is read."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tandem.hosts.link import ANSWER_LIMIT, Link, Unreachable

FILES = Path(__file__).with_name("files")
Answer = subprocess.CompletedProcess[str]


def ask(link: Link, commands: Sequence[str], limit: float = ANSWER_LIMIT) -> list[Answer]:
    """An answer per command, in order; they run side by side. Raises Unreachable."""
    done = link.run(there("ask", *commands), limit=limit)
    if done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise Unreachable(f"{link.host.address}: cannot be asked: {why}")
    return read(done.stdout, commands)


def there(script: str, *arguments: str) -> str:
    """One of our scripts as a command for the host, which need not have it."""
    return shlex.join(["sh", "-c", text(script), script, *arguments])


@cache
def text(script: str) -> str:
    """One of our scripts."""
    return (FILES / script).read_text(encoding="utf-8")


def read(said: bytes, commands: Sequence[str]) -> list[Answer]:
    """What `ask` wrote. Raises ValueError for half of it."""
    found, rest = [], said
    for command in commands:
        head, _, rest = rest.partition(b"\n")
        code, out, err = (int(number) for number in head.split())
        if len(rest) < out + err:
            raise ValueError(f"the answer to {command!r} is cut off")
        found.append(
            Answer(command, code, rest[:out].decode(errors="replace"), rest[out : out + err].decode(errors="replace"))
        )
        rest = rest[out + err :]
    return found
