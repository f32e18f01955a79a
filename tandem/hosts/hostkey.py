"""`tandem host-key`: which keys the stack's machine shows, and the one that is pinned in the stack file.

Asked by `ssh` itself and not by ssh-keyscan: so a bastion, and the user's own ssh_config, lead to the same machine as
every other command of the stack.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from config import reached, ssh
from config.gce import GceHost
from config.hosts import SshHost
from config.load import StackFileError, parse, read_file
from config.reach import NOBODYS_KEY, HostKey
from tandem.engines import StackRef
from tandem.exits import environment, usage
from tandem.hosts import arrival, pin, trouble
from tandem.hosts.unmade import why
from tandem.locks import lock
from tandem.stack.session import Session
from tandem.stack.stackfile import StackFile

ASKED = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521",
    "rsa-sha2-512,rsa-sha2-256",
)
"""What is asked for, one connection each: a machine shows one key at a time. The first one shown is the one to pin."""
LIMIT = 15.0
"""Seconds until a machine must have shown its key."""


@dataclass(frozen=True)
class Machine:
    """One machine on the way: `name` (`bastion` or `host`), how it is reached, and its pin as the file has it."""

    name: str
    host: SshHost
    pinned: str | None

    @property
    def door(self) -> str:
        """`203.0.113.7:22`."""
        return f"{self.host.address}:{self.host.port}"


def run(session: Session, *, replace: bool, confirm: Callable[[str], None], told: Callable[[Any], None]) -> None:
    """Shows the keys of every machine on the way and pins what is not pinned; with `replace` what is different too.

    `told` gets an object for programs, when they ask. Raises Stop: usage, or environment for another key than pinned.
    """
    arrival.learn(session, good=False)  # the address of a machine that the stack has made
    for name in ("bastion", "host"):
        machine = read(session.stack, name)
        if machine is not None:
            _one(session, machine, replace=replace, confirm=confirm, told=told)


def read(stack: StackRef, name: str) -> Machine | None:
    """A machine of the stack file as it is now, pinned or not; None for a bastion where there is none."""
    file = stack.file.name
    try:
        section = read_file(stack.file).get("host")
        if isinstance(section, Mapping) and section.get("kind") == "gce":
            return Machine(name, instance(stack, section), _said(section)) if name == "host" else None
        if not isinstance(section, Mapping) or section.get("kind") != "ssh":
            raise usage(f"{file}: the host is this machine itself (kind: local); nobody has to know it by a key")
        host, bastion = whole(section, file), section.get("bastion")
    except StackFileError as error:
        raise usage(str(error)) from None
    if name == "host":
        return Machine(name, host, _said(section))
    if host.bastion is None:
        return None
    assert isinstance(bastion, Mapping)
    return Machine(name, ssh.itself(host, host.bastion), _said(bastion))


def instance(stack: StackRef, section: Mapping[str, Any]) -> SshHost:
    """The machine of a stack in Google Cloud, with nobody's key. Raises Stop before it is made, and StackFileError."""
    said = parse({"profile": "local", "host": {**section, "host_key": NOBODYS_KEY}}, stack.file.name).host
    assert isinstance(said, GceHost)
    found = reached.known(said, stack.project, stack.stack)
    if found is None:
        raise environment(why(stack))
    return found


def whole(section: Mapping[str, Any], file_name: str) -> SshHost:
    """The section with nobody's key where there is no sound one yet. Raises StackFileError for other mistakes."""
    filled: dict[str, Any] = {**section, "host_key": NOBODYS_KEY}
    if isinstance(section.get("bastion"), Mapping):
        said = _said(section["bastion"])
        filled["bastion"] = {**section["bastion"], "host_key": said if said and sound(said) else NOBODYS_KEY}
    host = parse({"profile": "local", "host": filled}, file_name).host
    assert isinstance(host, SshHost)
    return host


def sound(key: str) -> bool:
    """Whether a pin is one that `ssh` can be told."""
    try:
        TypeAdapter(HostKey).validate_python(key)
    except ValidationError:
        return False
    return True


def _one(
    session: Session,
    machine: Machine,
    *,
    replace: bool,
    confirm: Callable[[str], None],
    told: Callable[[Any], None],
) -> None:
    keys = offered(machine)
    for line in lines(machine, keys):
        session.show.say(line)
    same = machine.pinned in keys
    if same or (machine.pinned and not replace):
        told(as_json(machine, keys, written=False))
        if not same:
            raise environment(different(machine, keys, session.stack.file.name))
        session.show.say(f"{machine.name}: the same as {session.stack.file.name} pins")
        return
    chosen = keys[0]
    file = StackFile.read(session.stack.file)
    text = pin.pinned(file, chosen, bastion=machine.name == "bastion")
    if session.options.dry_run:
        session.show.say(file.diff(text))
        return
    if machine.pinned:
        session.show.warn(different(machine, keys, session.stack.file.name))
    else:
        session.show.say(f"Ask its console whether that is right: {command_for(chosen)}")
    confirm(f"Pin {chosen.split()[0]} {trouble.fingerprint(chosen)} for {machine.door} in {file.path.name}?")
    with lock.held(session.folder, "host-key", lock.Patience(session.options.wait, session.show.say)):
        file = file.now()
        file.write(pin.pinned(file, chosen, bastion=machine.name == "bastion"))
    told(as_json(machine, keys, written=True))
    session.show.say(f"{machine.name}: pinned in {file.path.name}")


def offered(machine: Machine) -> list[str]:
    """Every key the machine shows as `TYPE BASE64`, the one to pin first. Raises Stop (environment) for none."""
    with ThreadPoolExecutor(len(ASKED)) as pool:
        answers = list(pool.map(lambda algorithms: _ask(machine.host, algorithms), ASKED))
    found = [key for key, _ in answers if key]
    if not found:
        words = next((said for _, said in answers if trouble.OFFERED.search(said) is None), answers[0][1])
        raise environment(trouble.explain(trouble.door(machine.host), words))
    return found


def lines(machine: Machine, keys: Sequence[str]) -> list[str]:
    """The keys for people."""
    rows = [key.split()[0] for key in keys]
    width = max(len(kind) for kind in rows)
    told = [f"  {kind.ljust(width)}  {trouble.fingerprint(key)}" for kind, key in zip(rows, keys, strict=True)]
    return [f"{machine.name} {machine.door} shows", *told]


def as_json(machine: Machine, keys: Sequence[str], *, written: bool) -> Mapping[str, object]:
    """The same for programs; `same` is null while nothing is pinned."""
    return {
        "machine": machine.name,
        "address": machine.door,
        "keys": [{"key": key, "fingerprint": trouble.fingerprint(key)} for key in keys],
        "pinned": machine.pinned,
        "same": machine.pinned in keys if machine.pinned else None,
        "written": written,
    }


def different(machine: Machine, keys: Sequence[str], file_name: str) -> str:
    """What to say of a machine that does not show the pinned key."""
    pinned = machine.pinned or ""
    kind = pinned.partition(" ")[0]
    shown = next((key for key in keys if key.split()[0] == kind), keys[0])
    known = trouble.fingerprint(pinned) if sound(pinned) else "not a whole key"
    return (
        f"{machine.name} {machine.door} shows another host key than {file_name} pins\n"
        f"  pinned  {kind} {known}\n"
        f"  shown   {shown.split()[0]} {trouble.fingerprint(shown)}\n"
        f"Either the machine was made anew, or somebody stands in between. Ask its console: {command_for(shown)}; "
        f"when that says the same as `shown`: tandem host-key --replace"
    )


def command_for(key: str) -> str:
    """What to type on the machine's own console to see the truth."""
    kind = "ed25519" if "ed25519" in key else "ecdsa" if key.startswith("ecdsa") else "rsa"
    return f"ssh-keygen -lf /etc/ssh/ssh_host_{kind}_key.pub"


def _said(section: Mapping[str, Any]) -> str | None:
    said = section.get("host_key")
    return " ".join(str(said).split()) if said else None


def _ask(host: SshHost, algorithms: str) -> tuple[str, str]:
    """One connection that ends at the log-in; the key it has seen, else what ssh says."""
    with tempfile.TemporaryDirectory() as folder:
        seen = Path(folder) / "seen"
        try:
            done = subprocess.run(
                argv(host, algorithms, seen),
                capture_output=True,
                text=True,
                timeout=LIMIT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except FileNotFoundError:
            raise environment("ssh is not on PATH; install OpenSSH's client") from None
        except subprocess.TimeoutExpired:
            return "", "Connection timed out"
        entry = seen.read_text().split() if seen.is_file() else []
    return " ".join(entry[1:3]), done.stderr


def argv(host: SshHost, algorithms: str, seen: Path) -> list[str]:
    """The host's own words, but for a log-in that cannot be, and a file that remembers the key it meets."""
    own = {
        "HostKeyAlgorithms": algorithms,
        "StrictHostKeyChecking": "no",
        "KnownHostsCommand": "none",
        "UserKnownHostsFile": str(seen),
        "HashKnownHosts": "no",
        "PreferredAuthentications": "none",
    }
    name, *rest = ssh.alone(host, "true")
    return [name, *(word for key, value in own.items() for word in ("-o", f"{key}={value}")), *rest]
