"""The peer that can always be had: Debian's compose with the same app on a published port. A new tag, and `up -d`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.names import ROOT
from tests import load
from tests.bench.lookout import lookout
from tests.bench.row import Row, Ruler
from tests.e2e.project import free_port, until

MISSING = "compose is not here: the Debian package docker-compose (`setup/compose` installs it)"


@dataclass(frozen=True)
class Compose:
    """One compose project with one service."""

    command: tuple[str, ...]
    directory: Path
    port: int

    def up(self, image: str) -> None:
        """What a user does: change the tag, `up -d`."""
        (self.directory / "docker-compose.yml").write_text(
            "version: '2.4'\n"
            "services:\n"
            "  web:\n"
            f"    image: {image}\n"
            "    restart: unless-stopped\n"
            "    user: '65534:65534'\n"
            "    read_only: true\n"
            "    mem_limit: 96m\n"
            f"    ports: ['127.0.0.1:{self.port}:8000']\n"
            "    labels: {tandem.test: compose}\n"
        )
        self._run("up", "-d")

    def down(self) -> None:
        """Remove it all."""
        self._run("down", "--timeout", "1")

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [*self.command, *arguments], cwd=self.directory, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, f"{' '.join(self.command)} {' '.join(arguments)}:\n{done.stdout}{done.stderr}"


def found() -> tuple[tuple[str, ...], str] | None:
    """The command and its version; None when there is no compose here."""
    for command in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(command[0]):
            asked = subprocess.run([*command, "version"], capture_output=True, text=True, check=False)
            if asked.returncode == 0:
                return command, asked.stdout.splitlines()[0]
    return None


def story(rounds: int, say: Callable[[str], None], *, think: float) -> tuple[list[Row], load.Tally]:
    """Deploys of another image, one after the other, under the load that the engines had."""
    rows: list[Row] = []
    with (
        _serving() as peer,
        load.background(peer.port, header="web.localhost", clients=16, fresh=4, think=think) as seen,
        lookout(peer.port) as watcher,
    ):
        ruler = Ruler("compose", seen, watcher)
        for number in range(rounds):
            image = f"demo:{number % 2 + 2}"
            say(f"compose: deploy {number + 1} of {rounds}, {seen.requests} requests, {seen.lost} lost")
            before, lost = time.monotonic(), seen.lost
            row = ruler.measure("deploy", lambda image=image: peer.up(image), moves_traffic=True)  # type: ignore[misc]
            until(lambda: watcher.first_after(before) is not None, seconds=60)  # noqa: B023  (called at once)
            row.live_seconds = watcher.first_after(before)
            row.lost = seen.lost - lost
            rows.append(row)
    return rows, seen


@contextmanager
def _serving() -> Iterator[Compose]:
    here = found()
    assert here is not None, MISSING
    with tempfile.TemporaryDirectory(dir=ROOT / ".tandem", prefix="bench") as folder:
        peer = Compose(here[0], Path(folder), free_port())
        peer.up("demo:1")
        try:
            with lookout(peer.port):
                pass
            yield peer
        finally:
            peer.down()
