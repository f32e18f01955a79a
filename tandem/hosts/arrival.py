"""What a stack in Google Cloud finds out about its own machine, written into its file: address and host key.

Both are known only once the machine is made; from then on every checkout needs them. After a destroy they are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from config import names
from config.reach import NOBODYS_KEY
from tandem.engines import EngineError
from tandem.exits import Stop, refused
from tandem.hosts import pin, trouble
from tandem.stack.session import Session
from tandem.stack.stackfile import StackFile

ADDRESS = "address"
RESERVED = "gcp:compute/address:Address"
HOST = "tandem:Host"


@runtime_checkable
class Knows(Protocol):
    """An engine that tells what it knows of every resource."""

    def resources(self) -> Sequence[Mapping[str, Any]]:
        """Type, outputs and more of each."""
        ...


def look(session: Session) -> None:
    """Takes a machine that no `up` has come to its end on for one that is still to come: there is no Docker to ask."""
    if session.kind == "gce" and session.link is not None:
        place = names.remote_directory(session.stack.project, session.stack.stack)
        if session.link.run(f"test -s {place}/engine").returncode != 0:
            session.depart()


def learn(session: Session, *, good: bool) -> None:
    """Writes down what the file lacks and the engine knows, and says so. Never the reason why a command fails.

    After a run that was not `good` only the address: what comes next may need it, and the machine is not ready yet.
    """
    if session.kind != "gce" or session.made:
        return
    try:
        found = dict(known(resources(session)))
        _write(session, found if good else {name: found[name] for name in found if name == ADDRESS})
    except (EngineError, Stop) as error:
        session.show.warn(f"the machine's address could not be written into {session.stack.file.name}: {error}")
    session.arrive()


def resources(session: Session) -> Sequence[Mapping[str, Any]]:
    """What the stack's engine knows; nothing for one that does not tell."""
    engine = session.engine
    return engine.resources() if isinstance(engine, Knows) else ()


def demand_unprotected(session: Session) -> None:
    """Refuses to destroy what is protected, before anything else is gone. Raises Stop (refused).

    The engine refuses too, but one resource at a time: by then others are really deleted, and what runs on the machine
    is out of its state, since it counts as gone with the machine.
    """
    if session.kind != "gce":
        return
    names_of = sorted(str(one.get("urn", "")).rpartition("::")[2] for one in resources(session) if one.get("protect"))
    if names_of:
        raise refused(
            f"{', '.join(names_of)}: protected, so nothing was changed. To destroy the stack all the same: "
            f"protect: false under tandem:host, tandem up, then tandem destroy (docs/growing.md)"
        )


def forget(session: Session) -> None:
    """Takes both out of the file: the next machine has others. Never the reason why a command fails."""
    file = StackFile.read(session.stack.file)
    try:
        text = pin.forgotten(file)
    except Stop as error:
        session.show.warn(str(error))
        text = file.text
    if text != file.text:
        file.write(text)
        session.show.say(f"{file.path.name}: address and host_key are gone with the machine")
    session.arrive()


def known(resources: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """`address` and `host_key`, as far as the engine's resources tell them."""
    for resource in resources:
        said = resource.get("outputs") or {}
        if resource.get("type") == RESERVED and isinstance(said.get("address"), str):
            yield ADDRESS, said["address"]
        key = said.get("hostKey")
        if resource.get("type") == HOST and isinstance(key, str) and key != NOBODYS_KEY:
            yield pin.HOST_KEY, key


def _write(session: Session, found: Mapping[str, str]) -> None:
    """What the file says already is its author's."""
    file = StackFile.read(session.stack.file)
    section = session.raw["host"]
    new = {name: value for name, value in found.items() if not section.get(name)}
    text = file.text
    for name, value in new.items():
        text = pin.said(StackFile(file.path, text), name, value)
    if new:
        file.write(text)
    if ADDRESS in new:
        session.show.say(f"{file.path.name}: host.address is {new[ADDRESS]} from now on")
    if pin.HOST_KEY in new:
        proof = trouble.fingerprint(new[pin.HOST_KEY])
        session.show.say(f"{file.path.name}: host_key pinned, as Google's API has it from the machine itself: {proof}")
