"""A value that must be nowhere, and the places to look for it: in the clear, and in base64."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import shlex
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.machine.boot import Machine

DISK = """
import os, sys
shapes = sys.stdin.buffer.readline().split()
kernel = ("proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "bpf", "nsfs")
mounts = [line.split() for line in open("/proc/mounts")]
# A container's overlay shows again what lies below /var/lib/docker.
skipped = {at for _, at, kind, *_ in mounts if kind in kernel or (kind == "overlay" and at != "/")}
skipped |= {"/run/tandem-secrets"} | {at for _, at, *_ in mounts if at.startswith("/dev/")} - {"/dev/shm"}
looked = 0
for folder, below, files in os.walk("/"):
    below[:] = [one for one in below if os.path.join(folder, one) not in skipped]
    for name in files:
        path = os.path.join(folder, name)
        if path in skipped or os.path.islink(path) or not os.path.isfile(path):
            continue
        try:
            content = open(path, "rb").read()
        except OSError as error:
            sys.exit(f"{path}: {error}")
        looked += len(content)
        if any(shape in content for shape in shapes):
            print(path)
print(looked, file=sys.stderr)
"""
"""Prints every file, on disks and in memory, that has one of the shapes on stdin, but for the secret files themselves;
on stderr, how many bytes it has read."""

PROCESSES = """
import contextlib, os, pathlib, sys, time
shapes = sys.stdin.buffer.readline().split()
print("looking", flush=True)
rounds, found = 0, set()

def look(path, what):
    if path.is_file() and any(shape in path.read_bytes() for shape in shapes):
        found.add(what)

os.set_blocking(0, False)
while sys.stdin.buffer.read(1) is None:
    rounds += 1
    time.sleep(0.002)  # it shares its processors with what it watches
    # One may be gone between two looks.
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name = (process / "comm").read_text().strip()
            look(process / "cmdline", f"cmdline of {name}")
            look(process / "environ", f"environ of {name}")
    for place in ("/tmp", "/var/tmp", "/dev/shm"):
        for folder, _, files in os.walk(place):
            for path in (pathlib.Path(folder, file) for file in files):
                with contextlib.suppress(OSError):
                    look(path, f"temporary file {path}")
print(rounds, *sorted(found), sep="\\n")
"""
"""Looks at every process's arguments and environment, and at temporary files, until its stdin ends; prints the rounds,
then what it found."""


@dataclass(frozen=True)
class Canary:
    """One value, long enough to be nowhere by chance."""

    value: str = field(default_factory=lambda: f"canary-{secrets.token_hex(16)}")

    @property
    def shapes(self) -> list[bytes]:
        """What it looks like. The ends of a base64 text depend on its neighbours, so they are left out."""
        encoded = [base64.b64encode(bytes(before) + self.value.encode())[4:-4] for before in range(3)]
        return [self.value.encode(), *encoded]

    def is_in(self, text: str | bytes) -> bool:
        """Whether it stands there."""
        content = text.encode(errors="replace") if isinstance(text, str) else text
        return any(shape in content for shape in self.shapes)

    def files(self, folder: Path) -> list[str]:
        """The files below a folder that have it."""
        there = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        return [str(path) for path in there if self.is_in(path.read_bytes())]

    def on_disk(self, machine: Machine) -> tuple[list[str], int]:
        """The files of a machine that have it, the secret files left out; and how many bytes were read."""
        done = machine.run(f"exec python3 -c {shlex.quote(DISK)}", b" ".join(self.shapes).decode() + "\n")
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1], int(done.stderr)

    @contextmanager
    def watched(self, machine: Machine) -> Iterator[Watch]:
        """Samples the machine's processes and temporary files while the block runs."""
        argv = ["docker", "exec", "-i", machine.name, "python3", "-c", PROCESSES]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin and process.stdout
            process.stdin.write(b" ".join(self.shapes) + b"\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"looking\n"
            watch = Watch()
            try:
                yield watch
            finally:
                process.stdin.close()
                watch.read(process.stdout)


@dataclass
class Watch:
    """What a look at processes has found: how often it looked, and where the value stood."""

    rounds: int = 0
    found: Sequence[str] = ()

    def read(self, said: IO[bytes]) -> None:
        """Takes the answer."""
        rounds, *found = said.read().decode().split("\n")[:-1]
        self.rounds, self.found = int(rounds), found


def proved(port: int, canary: Canary, *, name: str = "API_TOKEN", host: str = "web.localhost") -> str:
    """Where the demo app has this value from: env or file; fails when it has another."""
    key = secrets.token_hex(8)
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/secret?name={name}&key={key}", headers={"Host": host, "Connection": "close"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        said: dict[str, Any] = json.load(answer)
    assert said["digest"] == hmac.new(key.encode(), canary.value.encode(), hashlib.sha256).hexdigest(), said["from"]
    return str(said["from"])
