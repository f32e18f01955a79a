"""The host of an `ssh` stack: the same scripts and questions, over one shared connection, several at a time."""

from __future__ import annotations

import hashlib
import hmac
import os
import shlex
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from config import names
from tandem.docker import questions
from tandem.engines import StackRef
from tandem.exits import environment
from tandem.hosts import keeper, routing
from tandem.hosts.asking import Answer, ask, there
from tandem.hosts.docker import RemoteDocker, command
from tandem.hosts.host import Taken
from tandem.hosts.keeper import Keeper, Kept, LostError
from tandem.hosts.link import ANSWER_LIMIT, Link
from tandem.hosts.routing import Routing
from tandem.hosts.truth import Truth
from tandem.locks.holder import Held, Holder
from tandem.locks.lock import Patience

FRESH = 3.0
"""Seconds for which an answer that was fetched beforehand is as good as a new one, from when it came: far away, or on a
busy machine, it is on its way for longer than it is needed."""
MISSING = 66
"""Exit code for a script that the host does not have."""

_OURS = '[ -f "$0" ] || exit 66; exec sh "$0" "$@"'
"""Runs a script of the host's own, where it has it."""


class Ssh:
    """A `Host` at the other end of a link."""

    def __init__(self, stack: StackRef, link: Link, docker: RemoteDocker) -> None:
        self.link = link
        self.docker = docker
        self.labels = {names.LABEL_PROJECT: stack.project, names.LABEL_STACK: stack.stack}
        self.directory = names.remote_directory(stack.project, stack.stack)
        self.keeper: Keeper | None = None
        """Holds the stack while a command is at work on it."""
        docker.fetch = self._answer
        self._known: dict[str, tuple[float, Answer]] = {}
        self._scripts: frozenset[str] = frozenset()
        """What it had when it was asked last; it loses none of them while a command is at work."""
        self._seen: Kept | None = None

    def truth(self) -> Truth:
        """See `Host.truth`: one round trip for both questions."""
        return Truth(self.routing(), tuple(self.docker.containers(self.labels)))

    def routing(self) -> dict[str, Routing]:
        """See `Host.routing`."""
        asked = self._answer(self._serving())
        return {} if asked.returncode == MISSING else routing.answered(asked)

    def has(self, name: str) -> bool:
        """See `Host.has`."""
        if name not in self._scripts:
            self._scripts = self._listed(self._answer(self._listing()))
        return name in self._scripts

    def script(self, name: str, *arguments: str, told: str = "", limit: float) -> subprocess.CompletedProcess[str]:
        """See `Host.script`."""
        self._known = {}
        words = ["timeout", f"{limit:g}", "sh", self._path(name), *arguments]
        done = self._run(shlex.join(words), told, limit + ANSWER_LIMIT)
        if done.returncode == 124:
            raise environment(f"{self._path(name)} did not end within {limit:g} s")
        return done

    def foresee(self, *, bind: str, port: int, gateway: str, images: Iterable[str]) -> None:
        """See `Host.foresee`: one round trip."""
        docker = [
            questions.INFO,
            questions.containers(self.labels),
            questions.publishers(port),
            questions.mounts(gateway),
            *(questions.image(image) for image in dict.fromkeys(images)),
        ]
        own = [self._serving(), self._listing(), self._disk(""), self._port(bind, port)]
        commands = [*own, *map(command, docker)]
        self._fetch(commands)
        self._scripts = self._listed(self._answer(self._listing()))

    def disk_free(self, folder: str) -> tuple[str, int]:
        """See `Host.disk_free`."""
        known = self._disk("")
        asked = self._answer(known if known in self._known else self._disk(folder))
        if asked.returncode != 0:
            raise environment(f"{self.link.host.address}: {asked.stderr.strip()}")
        kilobytes, measured = asked.stdout.split(maxsplit=1)
        return measured.strip(), int(kilobytes) * 1024

    def port_taken(self, bind: str, port: int) -> Taken | None:
        """See `Host.port_taken`; by the table of what listens."""
        asked = self._answer(self._port(bind, port))
        return Taken(f"is held by {asked.stdout.strip()}") if asked.stdout.strip() else None

    @contextmanager
    def kept(self, me: Holder, patience: Patience) -> Iterator[None]:
        """See `Host.kept`. The lock goes when this process dies, or the connection is cut."""
        while True:
            try:
                self.keeper = Keeper(self.link, self.directory, me)
                break
            except Held as busy:
                patience.wait(busy.holder)
        self._seen = None
        self._share_key(self.keeper.found)
        try:
            yield
        finally:
            self.keeper.close()
            self.keeper = None
            self._seen = None

    def holder(self) -> Holder | None:
        """See `Host.holder`."""
        return keeper.look(self.link, self.directory).holder

    def free(self) -> None:
        """See `Host.free`."""
        keeper.free(self.link, self.directory)

    def engine(self) -> str | None:
        """See `Host.engine`."""
        if self.keeper is not None:
            return self.keeper.found.engine
        return self._answer(self._pin()).stdout.strip() or None

    def belongs_to(self, engine: str | None) -> None:
        """Writes down on the host whose stack this is; None = nobody's. Only while the stack is held."""
        if self.keeper is not None and self.keeper.found.engine != engine:
            self.keeper.pin(engine)

    def keeps(self) -> Kept:
        """What the host keeps of the stack; of the moment the lock was taken, where this command has it."""
        if self.keeper is not None:
            return self.keeper.found
        if self._seen is None:
            self._seen = keeper.look(self.link, self.directory)
        return self._seen

    @staticmethod
    def _share_key(kept: Kept) -> None:
        """A secret must have the same fingerprint for everybody who deploys, or their releases would differ."""
        if kept.key:
            shared = hmac.new(bytes.fromhex(kept.key), b"fingerprint", hashlib.sha256).hexdigest()
            os.environ.setdefault(names.ENV_FINGERPRINT_KEY, shared)

    def _serving(self) -> str:
        return shlex.join(["sh", "-c", _OURS, self._path("serving")])

    def _pin(self) -> str:
        return f"cat {self.directory}/engine 2>/dev/null"

    def _listing(self) -> str:
        return f"ls {self._path('')}"

    @staticmethod
    def _listed(answer: Answer) -> frozenset[str]:
        return frozenset(answer.stdout.split())

    def _disk(self, folder: str) -> str:
        return there("disk", *([folder] if folder else []))

    def _port(self, bind: str, port: int) -> str:
        return there("port", bind, str(port))

    def _answer(self, asked: str) -> Answer:
        """The answer to a short question: one that was foreseen, once and soon, else a new one."""
        at, known = self._known.pop(asked, (float("-inf"), None))
        if known is not None and time.monotonic() - at < FRESH:
            return known
        # Whoever asks for one of these asks for the others next.
        together = [self._serving(), command(questions.containers(self.labels)), self._pin()]
        self._fetch(together if asked in together else [asked])
        return self._known.pop(asked)[1]

    def _fetch(self, commands: Sequence[str]) -> None:
        answers = self._asked(commands)
        now = time.monotonic()
        self._known |= {asked: (now, answer) for asked, answer in zip(commands, answers, strict=True)}

    def _asked(self, commands: Sequence[str]) -> list[Answer]:
        if self.keeper is not None:
            with suppress(LostError):
                return self.keeper.ask(commands)
        if len(commands) == 1:
            return [self._run(commands[0], "", ANSWER_LIMIT)]
        return ask(self.link, commands)

    def _run(self, words: str, told: str, limit: float) -> Answer:
        done = self.link.run(words, told.encode(), limit)
        out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(words, done.returncode, out, err)

    def _path(self, script: str) -> str:
        return f"{self.directory}/gateway/current/host/{script}"
