"""All storages of a stack, and what each app gets of them: environment, mounts, and what its release hash covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from components import storage
from components.host import Host
from components.storage.place import Place
from components.vault import Vault
from config.apps import App
from config.expects import Expects
from config.storage import Storage
from config.storage_env import environment


@dataclass(frozen=True)
class Given:
    """What an app gets of the storages it names.

    `plain`: variable → value. `keys`: variable → half a key, marked secret. `identity`: all of these variables, with
    what stands for a key in place of its value. `folders`: storage → folder of the machine. `needs`: what its
    containers wait for.
    """

    plain: Mapping[str, str]
    keys: Mapping[str, pulumi.Output[str]]
    identity: Mapping[str, str]
    folders: Mapping[str, str]
    needs: Sequence[pulumi.Resource]

    def renamed(self, expects: Expects) -> Given:
        """The same, and by the aliases that the app is told too."""
        also = expects.with_aliases
        return replace(self, plain=also(self.plain), keys=also(self.keys), identity=also(self.identity))


class Storages:
    """The storages by name. A stack without any has nothing of it."""

    def __init__(self, sections: Mapping[str, Storage], *, apps: Mapping[str, App], host: Host, vault: Vault) -> None:
        self.sections = sections
        self.places: dict[str, Place] = {
            name: storage.place(name, section, user=_user(name, apps), host=host, vault=vault)
            for name, section in sorted(sections.items())
        }

    def given(self, used: Sequence[str]) -> Given:
        """For an app that uses these."""
        told = environment(used, self.sections)
        keys = {variable: (self.places[of], half) for variable, (of, half) in told.keys.items()}
        places = {name: self.places[name] for name in used}
        return Given(
            plain=told.plain,
            keys={variable: place.key(half) for variable, (place, half) in keys.items()},
            identity={**told.plain, **{variable: place.identity(half) for variable, (place, half) in keys.items()}},
            folders={name: place.folder for name, place in places.items() if place.folder},
            needs=[resource for place in places.values() for resource in place.needs],
        )


def _user(name: str, apps: Mapping[str, App]) -> str | None:
    """Whoever uses a folder runs as one user: the settings were refused otherwise."""
    return next((app.user for app in apps.values() if name in app.storage), None)
