"""Where the Pulumi CLI keeps a stack, and with which settings it is called.

For the profile `local` the state is a folder of the checkout (file backend, empty passphrase), said by environment
variables only, so the person's own login is neither used nor changed. For every other profile nothing is said.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import names
from tandem.docker import environment
from tandem.engines import EngineError, StackRef, pulumi_locks
from tandem.engines.pulumi_checkpoint import repair
from tandem.exits import BUSY
from tandem.locks.holder import Holder

_SECRETS_SETTING = re.compile(r"^(encryptionsalt|secretsprovider|encryptedkey):", re.MULTILINE)
ASK_LIMIT = 60.0
SHORTCUT = Path(__file__).with_name("shortcut")


class LockedError(EngineError):
    """Another run of the CLI holds the stack, for example one whose `tandem` was killed."""

    code = BUSY


class Backend:
    """The backend of one stack: embedded (`local`), or whatever the person is logged in to."""

    def __init__(self, stack: StackRef, *, embedded: bool) -> None:
        self.stack = stack
        self.home = names.stack_directory(stack.project, stack.stack)
        self.embedded = embedded and "PULUMI_BACKEND_URL" not in os.environ and not _says_backend(stack)

    @property
    def folder(self) -> Path:
        """The embedded backend's folder."""
        return self.home / "pulumi"

    @property
    def _url(self) -> str:
        return f"file://{self.folder}"

    @property
    def checkpoint(self) -> Path:
        """The embedded backend's state of this stack."""
        return self.folder / ".pulumi" / "stacks" / self.stack.project / f"{self.stack.stack}.json"

    def variables(self) -> dict[str, str]:
        """The environment of the CLI."""
        said = environment()
        said.pop(names.ENV_ENGINE, None)
        said.setdefault("PULUMI_SKIP_UPDATE_CHECK", "true")
        said.setdefault("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
        said["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true"
        said["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SHORTCUT), said.get("PYTHONPATH")]))
        if self.embedded:
            said["PULUMI_BACKEND_URL"] = self._url
            if "PULUMI_CONFIG_PASSPHRASE_FILE" not in said:
                said.setdefault("PULUMI_CONFIG_PASSPHRASE", "")
        return said

    def prepare(self) -> None:
        """Makes the embedded stack when there is none, and clears locks of processes that are dead."""
        if not self.embedded:
            return
        if not self.checkpoint.is_file():
            self._init()
        if held := self.holders():
            raise LockedError(f"{held[0]} is still at work on this stack; wait, then try again (or `tandem unlock`)")
        repair(self.checkpoint, self.folder / ".pulumi" / "backups" / self.stack.project / self.stack.stack)
        self._forget_pending()

    def config_file(self, text: str) -> Path:
        """A copy of the stack file for the CLI, which otherwise rewrites the original to add its salt."""
        copy = self.folder / self.stack.file.name
        if _SECRETS_SETTING.search(text):
            settings = ""
        else:
            settings = f"{'' if text.endswith(chr(10)) else chr(10)}encryptionsalt: {self._salt()}\n"
        copy.write_text(text + settings, encoding="utf-8", newline="")
        return copy

    def outputs(self) -> Mapping[str, Any] | None:
        """Stack outputs from the embedded state, in a millisecond; None when the CLI must be asked."""
        if not self.embedded:
            return None
        if not self.checkpoint.is_file():
            return {}
        roots = (found for found in self._state().get("resources", ()) if found["type"] == "pulumi:pulumi:Stack")
        return next((found.get("outputs", {}) for found in roots), {})

    def resources(self) -> list[dict[str, Any]]:
        """Every resource of the state, secrets as the state has them; empty where there is no stack yet."""
        if self.embedded:
            return list(self._state().get("resources", ())) if self.checkpoint.is_file() else []
        where = ["--stack", self.stack.stack, "-C", str(self.stack.directory), "--non-interactive"]
        try:
            exported = json.loads(self.ask(["stack", "export", *where]))
        except EngineError as error:
            if "no stack named" in str(error):
                return []
            raise
        return list((exported.get("deployment") or {}).get("resources") or ())

    def _state(self) -> dict[str, Any]:
        latest: dict[str, Any] | None = json.loads(self.checkpoint.read_text(encoding="utf-8"))["checkpoint"].get(
            "latest"
        )
        return latest or {}

    def _salt(self) -> str:
        salt = ((self._state().get("secrets_providers") or {}).get("state") or {}).get("salt")
        return str(salt or (self.folder / "salt").read_text(encoding="utf-8").strip())

    def _init(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="tandem-") as name:
            folder = Path(name)
            (folder / "Pulumi.yaml").write_text(f"name: {self.stack.project}\nruntime: python\n", encoding="utf-8")
            file = folder / self.stack.file.name
            kept = [
                line
                for line in self.stack.file.read_text(encoding="utf-8").splitlines()
                if _SECRETS_SETTING.match(line)
            ]
            file.write_text("\n".join([*kept, "config: {}", ""]), encoding="utf-8")
            self.ask(["stack", "init", self.stack.stack, "--no-select", "--non-interactive", "-C", name])
            found = re.search(r"^encryptionsalt:\s*(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
            if found:
                (self.folder / "salt").write_text(found[1] + "\n", encoding="utf-8")

    def _forget_pending(self) -> None:
        """A killed run leaves operations whose end nobody knows; the CLI then warns for ever. By export and import.

        Updates and deletes are in the state as they were and run again. What a create may have left behind carries the
        stack's labels and is swept up after the next good run.
        """
        if not self._state().get("pending_operations"):
            return
        where = ["--stack", self.stack.stack, "-C", str(self.stack.directory)]
        state = json.loads(self.ask(["stack", "export", *where]))
        state["deployment"].pop("pending_operations", None)
        self.ask(["stack", "import", "--force", *where], said=json.dumps(state))

    def ask(self, arguments: list[str], said: str = "") -> str:
        """Runs one short CLI command with `said` on stdin and returns its stdout. Raises EngineError with its words."""
        asked = subprocess.run(
            ["pulumi", *arguments],
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=ASK_LIMIT,
            input=said,
            check=False,
        )
        if asked.returncode != 0:
            raise EngineError(f"pulumi {' '.join(arguments[:2])}: {asked.stderr.strip() or asked.stdout.strip()}")
        return asked.stdout

    def holders(self) -> list[Holder]:
        """Who holds the embedded stack, or is about to; empty where its state is kept elsewhere."""
        if not self.embedded:
            return []
        found = pulumi_locks.holders(self.locks)
        return [*found, *pulumi_locks.starting(self._url, {by.pid for by in found})]

    def unlock(self) -> None:
        """Takes the lock away from whoever holds it."""
        if self.embedded:
            pulumi_locks.clear(self.locks)
        else:
            self.ask(["cancel", "--yes", "--stack", self.stack.stack, "-C", str(self.stack.directory)])

    @property
    def locks(self) -> Path:
        """Where the CLI keeps the locks of the embedded stack."""
        return self.folder / ".pulumi" / "locks" / "organization" / self.stack.project / self.stack.stack


def _says_backend(stack: StackRef) -> bool:
    text = (stack.directory / "Pulumi.yaml").read_text(encoding="utf-8")
    return re.search(r"^backend:", text, re.MULTILINE) is not None
