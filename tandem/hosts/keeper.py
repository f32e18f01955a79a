"""The stack's lock on its own host, and the engine's state there: one session that lives as long as the command.

`files/keep` holds the lock; when this process dies, or the connection is cut, it lets go. What is given to it arrives
before anything that is sent to the host afterwards, as both travel on one connection: so nobody waits for each write.
"""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO

from tandem.engines import EngineError
from tandem.exits import environment
from tandem.hosts.asking import Answer, read, text, there
from tandem.hosts.link import LIMIT, SSH_FAILED, Link, Unreachable
from tandem.hosts.trouble import door
from tandem.locks.holder import Held, Holder

BEAT = 5.0
"""Seconds between two signs of life."""
SILENCE = 20
"""Seconds without one after which the host lets go of the lock."""
SETTLE_LIMIT = 30.0
"""Seconds until everything given must be on the host's disk."""
NOBODY = "-"
NO_ROOM = "the host could not write the engine's state; is its disk full? `tandem check` tells"


@dataclass(frozen=True)
class Kept:
    """What the host keeps of a stack: the engine's name, the key of its seals (hex), the offline engine's state."""

    engine: str | None = None
    key: str | None = None
    state: bytes = b""
    holder: Holder | None = None
    """Who holds the lock, where it was only looked at."""


def look(link: Link, directory: str) -> Kept:
    """What is there, without holding anything: one exec."""
    done = link.run(there("keep", directory, NOBODY))
    if done.returncode != 0:
        raise environment(f"{door(link.host)}: {done.stderr.decode(errors='replace').strip()}")
    head, _, rest = done.stdout.partition(b"\n")
    lines = rest.split(b"\n", 3)
    return _kept(lines[:3], lines[3] if len(lines) > 3 else b"", _busy(head))


def free(link: Link, directory: str) -> None:
    """Ends whoever holds the lock, on whatever machine."""
    link.run(f"sed -n 2p {directory}/lock | xargs -r kill; rm -f {directory}/lock")


class LostError(EngineError):
    """The connection that held the lock is gone: nothing more may be done in its name."""

    def __init__(self) -> None:
        super().__init__(
            "the connection to the host is gone, and with it the stack's lock; nothing more was begun. "
            "What was under way may have gone on there: `tandem status` shows what serves, `tandem up` makes it whole"
        )


class Keeper:
    """The lock while it is held. Safe to use from many threads."""

    def __init__(self, link: Link, directory: str, holder: Holder) -> None:
        """Takes the lock. Raises Held with who has it, Unreachable, or Stop when the host cannot keep anything."""
        self._sending = threading.Lock()
        self._given = 0
        self._safe = 0
        self._refused = False
        self._gone = False
        self._told = threading.Condition()
        self._asking = threading.Lock()
        self._answers: list[bytes] = []
        command = link.argv(there("keep", directory, json.dumps(asdict(holder)), str(SILENCE), text("ask")))
        link.execs += 1
        # A session of its own: Ctrl-C must not take the lock away before the end is told.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        try:
            self.found = self._greeted(link)
        except BaseException:
            self._process.kill()
            self._process.communicate()
            raise
        self._last = self.found.state
        threading.Thread(target=self._listen, name="keeper", daemon=True).start()
        threading.Thread(target=self._live, name="keeper-beat", daemon=True).start()

    def put(self, state: bytes) -> None:
        """Gives the state to the host; it is on its way when this returns, and on disk after `settle`."""
        if self._refused:
            raise EngineError(NO_ROOM)
        with self._sending:
            packed = gzip.compress(patch(self._last, state), 6)
            self._given += 1
            self._write(f"put {self._given} {len(packed)} {len(state)}\n".encode() + packed)
            self._last = state

    def pin(self, engine: str | None) -> None:
        """Says whose stack it is; None = nobody's."""
        with self._sending:
            self._write(f"engine {engine or NOBODY}\n".encode())

    def ask(self, commands: Sequence[str]) -> list[Answer]:
        """Short questions, over the session that is open anyway: one round trip. Raises LostError."""
        with self._asking:
            lines = b"".join(base64.b64encode(command.encode()) + b"\n" for command in commands)
            with self._sending:
                self._write(f"ask {len(commands)}\n".encode() + lines)
            end = time.monotonic() + SILENCE
            with self._told:
                while not (self._answers or self._gone) and time.monotonic() < end:
                    self._told.wait(end - time.monotonic())
                if not self._answers:
                    # An answer that came now would be taken for that to the next question.
                    self._gone = True
                    raise LostError
                return read(self._answers.pop(), commands)

    def settle(self) -> None:
        """Returns once everything given is on the host's disk. Raises LostError, or EngineError."""
        end = time.monotonic() + SETTLE_LIMIT
        with self._told:
            while self._safe < self._given and not (self._gone or self._refused) and time.monotonic() < end:
                self._told.wait(end - time.monotonic())
            if self._refused:
                raise EngineError(NO_ROOM)
            if self._safe < self._given:
                raise LostError

    def close(self) -> None:
        """Lets go of the lock."""
        self._gone = True
        stdin, stdout, stderr = self._pipes()
        with self._sending, suppress(OSError):
            stdin.close()
        try:
            self._process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()
        stderr.close()

    def _write(self, frame: bytes) -> None:
        if self._gone or self._process.poll() is not None:
            raise LostError
        stdin = self._pipes()[0]
        try:
            stdin.write(frame)
            stdin.flush()
        except (OSError, ValueError):
            self._gone = True
            raise LostError from None

    def _greeted(self, link: Link) -> Kept:
        # What hangs is `ssh`, which ends by its own limits; this one is for a host that is too busy to answer.
        timer = threading.Timer(2 * LIMIT, self._process.kill)
        timer.start()
        try:
            stdout = self._pipes()[1]
            head = stdout.readline()
            if head != b"held\n":
                return self._turned_away(link, head)
            lines = [stdout.readline() for _ in range(3)]
            size = int(lines[2].split()[1]) if lines[2].startswith(b"state ") else 0
            return _kept(lines, stdout.read(size), None)
        finally:
            timer.cancel()

    def _turned_away(self, link: Link, head: bytes) -> Kept:
        _, errors = self._process.communicate()
        if head.startswith(b"busy"):
            raise Held(_busy(head))
        said = errors.decode(errors="replace").strip()
        if self._process.returncode == SSH_FAILED:
            link.open()  # says by name what is wrong, where it still is
            raise Unreachable(f"{door(link.host)}: the connection broke off; try again")
        raise environment(f"{door(link.host)}: {said or f'exit code {self._process.returncode}'}")

    def _listen(self) -> None:
        stdout = self._pipes()[1]
        for line in stdout:
            word, _, number = line.decode(errors="replace").strip().partition(" ")
            answer = stdout.read(int(number)) if word == "answer" else b""
            with self._told:
                if word == "answer":
                    self._answers.append(answer)
                if word == "kept" and number.isdigit():
                    self._safe = max(self._safe, int(number))
                self._refused = self._refused or word == "lost"
                self._told.notify_all()
        with self._told:
            self._gone = True
            self._told.notify_all()

    def _live(self) -> None:
        while not self._gone:
            time.sleep(BEAT)
            with self._sending:
                try:
                    self._write(b"beat\n")
                except EngineError:
                    return

    def _pipes(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        return process.stdin, process.stdout, process.stderr


def patch(last: bytes, state: bytes) -> bytes:
    """`state` as lines: `=7` for the seventh line of `last`, `+…` for any other. Both end with the end of a line."""
    known = {line: number for number, line in enumerate(last.split(b"\n")[:-1], start=1)}
    lines = state.removesuffix(b"\n").split(b"\n")
    return b"".join(b"=%d\n" % known[line] if line in known else b"+%s\n" % line for line in lines)


def _kept(lines: list[bytes], packed: bytes, holder: Holder | None) -> Kept:
    words = {word: value for line in lines for word, _, value in [line.decode().strip().partition(" ")]}
    known: Mapping[str, str] = {word: value for word, value in words.items() if value not in ("", NOBODY)}
    return Kept(known.get("engine"), known.get("key"), gzip.decompress(packed) if packed else b"", holder)


def _busy(head: bytes) -> Holder | None:
    word, _, said = head.decode(errors="replace").strip().partition(" ")
    if word != "busy":
        return None
    try:
        return Holder(**json.loads(said))
    except (ValueError, TypeError):
        return Holder("another command", "?", "?", 0, "?")
