"""How the secrets of an app reach its containers: as environment, or as files in the machine's memory.

The files of a release are its own, so that a rollback and a frozen colour have the values that they served with.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import archive
from components.host import Host
from components.release import Release
from config import secret_files

Values = Mapping[str, pulumi.Output[str]]
"""Variable → value, marked secret."""


@dataclass(frozen=True)
class Delivered:
    """What a container gets of its app's secrets. `needs`: what must be there before it."""

    environment: Sequence[pulumi.Input[str]] = ()
    mounts: Sequence[Mapping[str, Any]] = ()
    needs: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class Files:
    """The secret files of one app on its machine. `helper`: an image that is there, see `Host.secret_files`."""

    app: str
    user: str | None
    host: Host
    helper: str
    parent: pulumi.Resource
    values: Values

    @property
    def folder(self) -> str:
        """The machine's folder in memory; it is a part of what makes a release."""
        return f"{self.host.secret_files(self.helper).memory}/{self.app}"

    def of(self, release: str, image: str, *, frozen: bool) -> Delivered:
        """The files of a release of this image. Those of a frozen one stay as they were put."""
        if not self.values:
            return Delivered()
        return Delivered(
            [f"{secret_files.variable(name)}={secret_files.path(name)}" for name in sorted(named(self.values))],
            [self._mount(release)],
            self._put(release, image, frozen=frozen),
        )

    def beside(self, release: Release) -> Delivered:
        """The files for what runs beside a live release that has older ones: its workers follow today's settings."""
        told = [release.hidden, release.image, release.app.user]
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]
        return self.of(f"beside-{digest}", release.image, frozen=False)

    def _mount(self, release: str) -> dict[str, Any]:
        source = f"{self.folder}/{release}"
        return {"type": "bind", "source": source, "target": secret_files.FOLDER, "read_only": True}

    def _put(self, release: str, image: str, *, frozen: bool) -> list[pulumi.Resource]:
        """Two resources: what takes them away must not have them as its input, which the engine offline cannot keep."""
        places, name = self.host.secret_files(self.helper), f"secrets-{self.app}-{release}"
        as_made = ["*"] if frozen else None
        guard = self.host.run(
            f"guard-{name}",
            delete=shlex.join(places.words("drop", self.app, release)),
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[self.host.network], ignore_changes=as_made),
        )
        put = self.host.run(
            name,
            create=shlex.join(places.words("put", self.app, release, self.user or "-", image)),
            stdin=pulumi.Output.all(**self.values).apply(packed),
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[guard], ignore_changes=as_made),
        )
        return [guard, put]


def named(values: Mapping[str, Any]) -> list[str]:
    """The files: one for each secret, and Amazon's own where its clients have a key."""
    amazon = [secret_files.AMAZON] if all(key in values for key in secret_files.AMAZON_KEYS) else []
    return [*values, *amazon]


def packed(values: Mapping[str, str]) -> str:
    """What the host's script reads: the files as one line, and a line `end` that says it is whole."""
    files = dict(values)
    if secret_files.AMAZON in named(values):
        files[secret_files.AMAZON] = secret_files.amazon(*(values[key] for key in secret_files.AMAZON_KEYS))
    return f"{archive.pack(files)}\nend\n"


def as_environment(values: Mapping[str, Any]) -> list[pulumi.Input[str]]:
    """`NAME=value` of each."""
    return [_told(name, value) for name, value in values.items()]


def _told(name: str, value: pulumi.Input[str]) -> pulumi.Input[str]:
    return f"{name}={value}" if isinstance(value, str) else pulumi.Output.concat(name, "=", value)
