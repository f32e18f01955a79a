"""Runs a checkout's program on mocks, in a process that is told nothing it need not know."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from config import names
from tandem.engines import EngineError, StackRef
from tandem.engines.mocks.registered import Declared, Registered
from tandem.engines.offline import stackconfig

LIMIT = 120.0
"""Seconds that a program may take; ours takes one or two."""
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""All that the program sees of the environment; no token, no login, no home."""

_LISTS = ("ignore_changes", "depends_on", "replace_with")


def declared(ref: StackRef, root: Path) -> Declared:
    """What the program of the checkout at `root` declares for a stack. Raises EngineError with the program's words."""
    config = stackconfig.read(ref.file, ref.project, _cipher)
    asked = {"program": str(ref.program), "project": ref.project, "stack": ref.stack, "config": config}
    said = _answer(asked, root)
    if "error" in said:
        raise EngineError(said["error"])
    return Declared(tuple(_registered(one) for one in said["resources"]), said["outputs"])


def _cipher(text: str) -> str:
    """What stands in for an encrypted value: another one when its cipher text is another."""
    return f"(encrypted {hashlib.sha256(text.encode()).hexdigest()[:12]})"


def _answer(asked: Mapping[str, Any], root: Path) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tandem-home-") as home:
        running = subprocess.Popen(
            [sys.executable, "-P", "-m", "tandem.engines.mocks.side"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=root,
            env=_environment(Path(home)),
            text=True,
            # A group of its own: what the program starts ends with it.
            process_group=0,
        )
        try:
            answer, complaints = running.communicate(json.dumps(asked), timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise EngineError(f"the program did not end within {LIMIT:g} s") from None
        finally:
            _end(running)
    try:
        said: Mapping[str, Any] = json.loads(answer)
    except ValueError:
        last = "\n".join(complaints.strip().splitlines()[-5:])
        raise EngineError(f"the program ended with {running.returncode} and said nothing of use:\n{last}") from None
    return said


def _environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    ours = Path(__file__).resolve().parents[3]
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(ours),
        "PYTHONDONTWRITEBYTECODE": "1",
        names.ENV_DECLARE_ONLY: "1",
        # Releases are named by keyed digests of their secrets: both sides need one key.
        names.ENV_FINGERPRINT_KEY: "of placeholders",
    }


def _end(running: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def _registered(said: Mapping[str, Any]) -> Registered:
    known: dict[str, Any] = {one.name: said[one.name] for one in fields(Registered)}
    return Registered(**{**known, **{name: tuple(known[name]) for name in _LISTS}})
