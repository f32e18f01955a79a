"""One resource at a time: what has to happen, and the effect between its intent and its record."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from config.registries import registry_of
from tandem.engines.offline.goal import Goal, physical_name
from tandem.engines.offline.resources.docker import SOCKET, Connect, Docker, DockerError, Login
from tandem.engines.offline.resources.kind import HalfMadeError, Kind, Made, StepError
from tandem.engines.offline.secrets import Sealer
from tandem.engines.offline.state import Intent, Record, State, doubted
from tandem.engines.offline.values import Secret, Unknown, contains, revealed


class Worlds:
    """The Docker Engines of this run, opened when an effect first needs them, one connection pool for each."""

    def __init__(self, connect: Connect, state: State) -> None:
        self._connect = connect
        self._state = state
        self._open: dict[str, Docker] = {}
        self._logins: dict[str, Mapping[str, Login]] = {}
        self._lock = threading.Lock()

    def of(self, provider: str) -> World:
        """The world of a resource with this provider (empty = none was named)."""
        record = self._state.records.get(provider)
        host = record.inputs.get("host", SOCKET) if record else SOCKET
        return World(self, str(host), self._logins.get(provider, {}))

    def know(self, provider: str, inputs: Mapping[str, Any]) -> list[Secret]:
        """Who a provider is to registries, in this run: the state keeps no secret. The passwords."""
        said = revealed(inputs.get("registryAuth")) or []
        entries = json.loads(said) if isinstance(said, str) else said
        logins = {one["address"]: Login(one["username"], one["password"]) for one in entries}
        self._logins[provider] = logins
        return [Secret(login.password) for login in logins.values()]

    def docker(self, host: str) -> Docker:
        """The Docker Engine at this address; connects at the first call."""
        with self._lock:
            if host not in self._open:
                self._open[host] = self._connect(host)
            return self._open[host]

    def close(self) -> None:
        """Closes what was opened."""
        for docker in self._open.values():
            docker.close()
        self._open.clear()


@dataclass(frozen=True)
class World:
    """What effects may touch: see `resources.kind.World`."""

    worlds: Worlds
    host: str
    logins: Mapping[str, Login] = field(default_factory=dict, repr=False)

    def docker(self) -> Docker:
        """The Docker Engine; connects at the first call."""
        return self.worlds.docker(self.host)

    def login(self, image: str) -> Login | None:
        """Who the resource's provider is to the registry of an image."""
        return self.logins.get(registry_of(image))


class Steps:
    """Effects, each between an intent and a record. Every method raises StepError when the effect failed."""

    def __init__(self, state: State, sealer: Sealer, kinds: Mapping[str, Kind], worlds: Worlds) -> None:
        self.state = state
        self.sealer = sealer
        self.kinds = kinds
        self.worlds = worlds

    def create(self, goal: Goal, inputs: dict[str, Any], *, instead_of: Record | None = None) -> Made:
        """Makes the object; `instead_of` is the old one of a create-before-delete replacement."""
        kind = self.kinds[goal.type]
        schema = kind.schema
        physical = physical_name(goal.name, inputs) if schema.named else f"{goal.name}-{uuid.uuid4().hex[:7]}"
        intent = Intent("create", self._record(goal, inputs, Made("")), physical)
        old = None if instead_of is None or instead_of.retain else instead_of
        self.state.begin(intent)
        try:
            made = kind.create(self.worlds.of(goal.provider), physical, revealed(inputs))
        except HalfMadeError as error:
            self.state.end(intent, doubted(self._record(goal, inputs, error.made)), old=old)
            raise
        except Exception as error:
            self.state.abandon(intent)
            raise explained(error) from error
        self.state.end(intent, self._record(goal, inputs, made), old=old)
        return made

    def update(self, goal: Goal, record: Record, inputs: dict[str, Any], changed: tuple[str, ...]) -> Made:
        """Brings the object to new inputs, in place. A failure leaves the record as it was."""
        kind = self.kinds[goal.type]
        intent = Intent("update", record, physical_of(record))
        self.state.begin(intent)
        try:
            made = kind.update(self.worlds.of(goal.provider), made_of(record), revealed(inputs), changed)
        except Exception as error:
            self.state.abandon(intent)
            raise explained(error) from error
        self.state.end(intent, self._record(goal, inputs, made))
        return made

    def delete(self, record: Record) -> None:
        """Removes the object, or only forgets it when it is retained. A failure keeps the record."""
        if record.retain:
            self.state.forget(record)
            return
        kind = self.kinds[record.type]
        intent = Intent("delete", record, physical_of(record))
        self.state.begin(intent)
        try:
            kind.delete(self.worlds.of(record.provider), made_of(record), record.inputs)
        except Exception as error:
            self.state.abandon(intent)
            raise explained(error) from error
        self.state.end(intent, None)

    def restated(self, goal: Goal, record: Record) -> Record:
        """An unchanged resource's record with today's options and dependencies."""
        return replace(
            record,
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            provider=goal.provider,
            protect=goal.protect,
            retain=goal.retain,
        )

    def _record(self, goal: Goal, inputs: dict[str, Any], made: Made) -> Record:
        # What a command says may repeat a secret it was given, so none of it is kept.
        lost = sorted(made.computed) if keeps_nothing(goal.type, inputs) else []
        record = Record(
            urn=goal.urn,
            type=goal.type,
            id=made.id,
            inputs=self.sealer.sealed(inputs),
            computed={key: value for key, value in made.computed.items() if key not in lost},
            lost=lost,
        )
        return self.restated(goal, record)


def keeps_nothing(type_: str, inputs: Mapping[str, Any]) -> bool:
    """Whether a resource's outputs are secret because an input is: true of commands, as with the real provider."""
    return type_.startswith("command:") and any(contains(value, Secret) for value in inputs.values())


def refused(goal: Goal) -> str | None:
    """Why inputs of this goal cannot be honoured by an engine that keeps no secret, or None."""
    if goal.type.startswith("command:") and "delete" in goal.inputs:
        secret = [key for key in ("delete", "stdin", "environment") if contains(goal.inputs.get(key), Secret)]
        if secret:
            return (
                f"{goal.type} ({goal.name}) has `delete` and a secret in {', '.join(secret)}; the offline engine keeps "
                "no secrets, so it could not run that later. Let the script read the secret from a file"
            )
    return None


def unknowns(inputs: Mapping[str, Any]) -> list[str]:
    """The inputs that hold something unknown."""
    return sorted(key for key, value in inputs.items() if contains(value, Unknown))


def made_of(record: Record) -> Made:
    """What the record says was made."""
    return Made(record.id, record.computed)


def physical_of(record: Record) -> str:
    """The object's name on its host."""
    return str(record.computed.get("name", record.id))


def explained(error: Exception) -> StepError:
    """Any failure of an effect as one for people."""
    match error:
        case StepError():
            return error
        case DockerError():
            return StepError(str(error))
        case _:
            return StepError(f"{type(error).__name__}: {error}")
