"""The engine `pulumi`: the real CLI with its plugins, called once per run, its events read as they come.

The CLI's own `--json` stream and not the Automation API: that one imports the SDK (0.3 s) and asks the CLI for its
version and the stack first (0.3 s each), which a deploy does not have.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from tandem.engines import EngineError, OnEvent, Result, StackRef
from tandem.engines.pulumi_backend import Backend, LockedError
from tandem.engines.pulumi_events import Stream, masked
from tandem.locks.holder import Holder

_NO_STACK = "no stack named"
_LOCKED = "the stack is currently locked"
_PAUSE = 0.02
"""Seconds between two looks at the events."""


class PulumiEngine:
    """An `Engine` bound to one stack. `text` stands in for the stack file where a preview is about another content."""

    name: Literal["pulumi", "offline"] = "pulumi"

    def __init__(
        self, stack: StackRef, *, local: bool, text: str | None = None, tell: Callable[[str | None], None] | None = None
    ) -> None:
        self.stack = stack
        self.backend = Backend(stack, embedded=local)
        self.text = text
        self.fresh = False
        """See `Engine.fresh`."""
        self.anew: Collection[str] = ()
        """See `Engine.anew`."""
        self.tell = tell or (lambda _engine: None)
        """Tells the host whose stack it is, where others may deploy to it; None = nobody's."""

    def preview(self, on_event: OnEvent) -> Result:
        """See `Engine.preview`."""
        return self._run(["preview", *self._looking()], on_event)

    def up(self, on_event: OnEvent) -> Result:
        """See `Engine.up`. The first one pins the stack to this engine, unless it made nothing."""
        new = self._pin()
        self.tell(self.name)
        try:
            return self._run(["up", "--yes", "--skip-preview", *self._looking()], on_event)
        except EngineError as error:
            if new and not (error.result and error.result.changed):
                self.pin.unlink(missing_ok=True)
                self.tell(None)
            raise

    def destroy(self, on_event: OnEvent) -> Result:
        """See `Engine.destroy`."""
        result = self._run(["destroy", "--yes", "--skip-preview"], on_event)
        self.tell(None)
        return result

    def outputs(self) -> Mapping[str, Any]:
        """See `Engine.outputs`."""
        found = self.backend.outputs()
        if found is None:
            found = json.loads(
                self.backend.ask(["stack", "output", "--json", *self._where(), "--non-interactive"]) or "{}"
            )
        outputs: Mapping[str, Any] = masked(found)
        return outputs

    def resources(self) -> Sequence[Mapping[str, Any]]:
        """What the engine knows of every resource, also after a run that failed; empty before the first."""
        known: Sequence[Mapping[str, Any]] = self.backend.resources()
        return known

    def holders(self) -> Sequence[Holder]:
        """See `Engine.holders`."""
        return self.backend.holders()

    def unlock(self) -> None:
        """See `Engine.unlock`."""
        self.backend.unlock()

    @property
    def pin(self) -> Path:
        """The file that says which engine runs the stack."""
        return self.backend.home / "engine"

    def _pin(self) -> bool:
        """Whether the stack had no engine until now."""
        if self.pin.is_file():
            return False
        self.pin.parent.mkdir(parents=True, exist_ok=True)
        self.pin.write_text(f"{self.name}\n", encoding="utf-8")
        return True

    def _run(self, command: list[str], on_event: OnEvent) -> Result:
        self.backend.prepare()
        with self._config() as config:
            arguments = [*command, "--json", "--non-interactive", "--color", "never", *self._where(), *config]
            try:
                return self._follow(arguments, on_event)
            except EngineError as error:
                if _NO_STACK not in str(error) or self.backend.embedded:
                    raise
            where = ["-C", str(self.stack.directory), "--non-interactive"]
            self.backend.ask(["stack", "init", self.stack.stack, "--no-select", *where])
            return self._follow(arguments, on_event)

    def _looking(self) -> list[str]:
        replaced = [word for name in self.anew for word in ("--replace", f"urn:pulumi:**::{name}")]
        return [*(["--refresh"] if self.fresh else []), *replaced]

    def _where(self) -> list[str]:
        return ["--stack", self.stack.stack, "-C", str(self.stack.directory)]

    @contextmanager
    def _config(self) -> Iterator[list[str]]:
        if self.backend.embedded:
            text = self.stack.file.read_bytes().decode("utf-8") if self.text is None else self.text
            yield ["--config-file", str(self.backend.config_file(text))]
        elif self.text is None:
            yield []
        else:
            with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8", newline="") as file:
                file.write(self.text)
                file.flush()
                yield ["--config-file", file.name]

    def _follow(self, arguments: list[str], on_event: OnEvent) -> Result:
        stream = Stream(on_event)
        # Files and not pipes: a CLI whose reader was killed finishes its work, instead of dying of SIGPIPE.
        # Its own session: Ctrl-C reaches the command alone, which then asks the engine once, gently.
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as events,
            tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
            subprocess.Popen(
                ["pulumi", *arguments],
                env=self.backend.variables(),
                stdout=events,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            ) as process,
        ):
            interrupted = _watch(process, events, stream)
            errors.seek(0)
            return _outcome(stream, process.returncode, errors.read(), interrupted=interrupted)


def _watch(process: subprocess.Popen[bytes], events: IO[str], stream: Stream) -> bool:
    """Reads the events until the process has ended; says whether it was interrupted."""
    interrupted, reader = False, _Reader(events, stream)
    while True:
        try:
            ended = process.poll() is not None
            if not reader.read() and ended:
                return interrupted
            if not ended:
                time.sleep(_PAUSE)
        except KeyboardInterrupt:
            # The engine finishes the step it is in and starts no other; a second signal would cut it short.
            if not interrupted:
                os.kill(process.pid, signal.SIGINT)
            interrupted = True


class _Reader:
    """The lines that another process appends to a file, as they become whole."""

    def __init__(self, file: IO[str], stream: Stream) -> None:
        self.file = file
        self.stream = stream
        self.position = 0
        self.rest = b""

    def read(self) -> bool:
        """Feeds what is new to the stream; False when nothing is. The writer shares the descriptor, hence `pread`."""
        new = os.pread(self.file.fileno(), 1 << 20, self.position)
        self.position += len(new)
        *lines, self.rest = (self.rest + new).split(b"\n")
        for line in lines:
            if line.startswith(b"{"):
                self.stream.feed(json.loads(line))
        return bool(new)


def _outcome(stream: Stream, code: int, errors: str, *, interrupted: bool) -> Result:
    stream.finish()
    result = stream.result()
    if interrupted:
        raise KeyboardInterrupt
    if code == 0:
        return result
    message = stream.message()
    if not stream.failures and not stream.errors:
        message = _last_words(errors) or message
    if _LOCKED in message:
        raise LockedError(f"another Pulumi run of this stack is at work:\n{message}", (), result)
    raise EngineError(message, tuple(stream.failures), result)


def _last_words(errors: str) -> str:
    lines = [line for line in errors.strip().splitlines() if line.strip()]
    return "\n".join(line.removeprefix("error: ") for line in lines[-5:])
