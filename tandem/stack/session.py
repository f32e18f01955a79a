"""What every command works with: the stack, its settings, its host, its engine, and where to speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from config import names, reached
from config.gce import GceHost
from config.hosts import SshHost
from config.load import StackFileError, parse, read_file
from config.rollout import Rollout
from config.settings import Settings
from tandem.checks import vetting
from tandem.docker import Docker, pulls
from tandem.docker.images import Supply
from tandem.docker.patience import Patience
from tandem.docker.registry import Manifest
from tandem.engines import Engine, StackRef, choose
from tandem.exits import Stop, usage
from tandem.hosts import sending
from tandem.hosts.docker import RemoteDocker
from tandem.hosts.host import Host
from tandem.hosts.link import Link
from tandem.hosts.local import Local
from tandem.hosts.ssh import Ssh
from tandem.hosts.truth import Truth
from tandem.hosts.unmade import Nowhere, Unmade
from tandem.locks import lock
from tandem.locks.holder import me
from tandem.says.progress import Show
from tandem.stack import project
from tandem.stack.author import Author, author
from tandem.stack.options import Options

if TYPE_CHECKING:
    from tandem.checkout.commits import Commits

Section = TypeVar("Section", SshHost, GceHost)


class Session:
    """One command on one stack. Nothing is asked of anybody before it is needed."""

    def __init__(self, options: Options, show: Show, stray: Mapping[str, str] | None = None) -> None:
        self.options = options
        self.show = show
        self.stray = stray or {}
        """Variables that were taken out of the environment, as they would send Docker elsewhere."""
        self.may_send = True
        """Whether images of this machine may be sent to a host elsewhere (`--skip-pull` forbids it)."""
        self.checked = True
        """Whether what only a deploy checks is checked (`--no-check`: somebody knows better)."""
        self.raw_from: tuple[int, ...] | None = None
        """The content of the stack file that `raw` is; see `stamp`."""

    @cached_property
    def stack(self) -> StackRef:
        """The stack the options name."""
        return project.find(self.options.directory, self.options.stack)

    @cached_property
    def somewhere(self) -> StackRef:
        """The same stack, also where its file is missing: for what only the host is asked."""
        return project.find(self.options.directory, self.options.stack, with_file=False)

    @cached_property
    def raw(self) -> Mapping[str, Any]:
        """The `tandem:` keys of the stack file, unchecked."""
        self.raw_from = stamp(self.stack.file)
        try:
            return read_file(self.stack.file)
        except StackFileError as error:
            raise usage(str(error)) from None

    @cached_property
    def settings(self) -> Settings:
        """The stack file's settings, checked."""
        return self.parsed(self.raw)

    @cached_property
    def link(self) -> Link | None:
        """The connection to an ssh host; None where the host is this machine.

        Only that section of the file must be right: in an emergency the rest of it does not matter.
        """
        section = self._section
        if section.get("kind") == "ssh":
            return Link(self._valid(SshHost, section))
        if section.get("kind") == "gce":
            instance = reached.known(self._valid(GceHost, section), self.somewhere.project, self.somewhere.stack)
            return Link(instance) if instance else None
        return None

    @property
    def kind(self) -> str:
        """The host's kind, as far as the file can be read."""
        return str(self._section.get("kind", "local"))

    @property
    def made(self) -> bool:
        """Whether there is a machine as far as one knows here; a `gce` stack makes its own."""
        return not isinstance(self.host, Unmade)

    def depart(self) -> None:
        """Takes the machine for one that is still to come: it is there, and nothing of ours on it."""
        self.__dict__.update(link=None, docker=Nowhere(self.somewhere), host=Unmade(self.somewhere))
        for known in ("engine_name", "engine"):
            self.__dict__.pop(known, None)

    def arrive(self) -> None:
        """Forgets where the host was: the stack file says it now, or no more."""
        for known in ("raw", "settings", "_section", "link", "docker", "host", "engine_name", "engine"):
            self.__dict__.pop(known, None)

    @cached_property
    def _section(self) -> Mapping[str, Any]:
        """The file's `host`, unchecked; empty where there is none, or no file that can be read."""
        file = self.somewhere.file
        if not file.is_file():
            return {}
        try:
            said = self.raw.get("host")
        except Stop:
            if any(f"kind: {kind}" in file.read_text(encoding="utf-8", errors="replace") for kind in ("ssh", "gce")):
                raise
            return {}
        return said if isinstance(said, Mapping) else {}

    def _valid(self, model: type[Section], section: Mapping[str, Any]) -> Section:
        try:
            return model.model_validate(dict(section))
        except ValidationError:
            whole = self.settings.host  # raises with every mistake of the file
            assert isinstance(whole, model)
            return whole

    @cached_property
    def docker(self) -> Docker:
        """Docker of the stack's host."""
        if self.link:
            return RemoteDocker(self.link)
        return Nowhere(self.somewhere) if self.kind == "gce" else Docker()

    @cached_property
    def host(self) -> Host:
        """The stack's host."""
        if self.link is None:
            return Unmade(self.somewhere) if self.kind == "gce" else Local(self.somewhere, self.docker)
        assert isinstance(self.docker, RemoteDocker)
        return Ssh(self.somewhere, self.link, self.docker)

    @property
    def supply(self) -> Supply:
        """Where the host's images come from."""
        pull = partial(pulls.pull, self)
        vet = partial(vetting.vet, self) if self.checked else None
        if self.link is None:
            return Supply(self.docker, pull, vet=vet)
        local, link = Docker(), self.link
        return Supply(
            self.docker,
            pull,
            link.host.address,
            local,
            lambda reference, image: sending.send(reference, image, local, link, self.show.say),
            vet,
        )

    @cached_property
    def patience(self) -> Patience:
        """With registries."""
        return Patience(self.show.say)

    def manifest(self, reference: str) -> Manifest:
        """What the registry says of an image, asked by the host's Docker; see `pulls.manifest`."""
        return pulls.manifest(self, reference)

    def truth(self) -> Truth:
        """What the host serves now, read with the settings' knowledge of which apps have a port."""
        ports = frozenset(app for app, section in self.settings.apps.items() if section.port is not None)
        return replace(self.host.truth(), ports=ports)

    @cached_property
    def engine_name(self) -> choose.Name:
        """The engine's name."""
        return choose.name(self.stack, self.options.engine, self.host, kind=self.kind)

    @cached_property
    def engine(self) -> Engine:
        """The engine that runs the stack."""
        return choose.build(self.engine_name, self.stack, self.host, local=self.local)

    @property
    def local(self) -> bool:
        """Whether the stack's state may live in the checkout."""
        return self.raw.get("profile") == "local"

    def engine_for(self, text: str) -> AbstractContextManager[Engine]:
        """The engine for a preview of another content of the stack file."""
        return choose.for_text(self.engine_name, self.stack, text, self.host, local=self.local)

    @cached_property
    def author(self) -> Author:
        """Who asks for what is done, as far as this machine knows."""
        return author(self.somewhere.file)

    @cached_property
    def commits(self) -> Commits:
        """What becomes of what is written into the stack file."""
        from tandem.checkout.commits import Committed, Uncommitted

        if not self.options.commit or self.options.dry_run:
            return Uncommitted()
        return Committed(self.stack.file.resolve(), self.stack.stack, self.show.say)

    @property
    def folder(self) -> Path:
        """What belongs to the stack on this machine."""
        return names.stack_directory(self.somewhere.project, self.somewhere.stack)

    @property
    def labels(self) -> dict[str, str]:
        """The labels of everything that belongs to the stack."""
        return {names.LABEL_PROJECT: self.somewhere.project, names.LABEL_STACK: self.somewhere.stack}

    @contextmanager
    def alone(self, command: str, wait: float | None = None, *, engine: bool = True) -> Iterator[None]:
        """No other command and no other run of the `engine` works on this stack meanwhile; busy = exit 4.

        `wait`: seconds to wait for one that does, else what the options say. The stack file is read anew afterwards.
        """
        patience = lock.Patience(max(wait or 0.0, self.options.wait), self.show.say)
        self.commits.begin()  # before the author says from which commit, and again once nobody else is at work
        with lock.held(self.folder, command, patience), self.host.kept(me(command, self.author), patience):
            if engine:
                lock.until_free(self.engine.holders, patience)
            self.commits.begin()
            self.reread()
            yield

    def reread(self) -> None:
        """Forgets what the stack file said where it says something else by now."""
        if self.raw_from != stamp(self.stack.file):
            for known in ("raw", "settings", "_section"):
                self.__dict__.pop(known, None)

    def parsed(self, raw: Mapping[str, Any]) -> Settings:
        """Settings from raw keys; all mistakes at once as one usage error."""
        try:
            return parse(raw, self.stack.file.name)
        except StackFileError as error:
            raise usage(str(error)) from None

    def check_rollouts(self, rollouts: Mapping[str, Rollout]) -> None:
        """Refuse rollouts that the whole stack file would not allow, before they are written."""
        entries = {**(self.raw.get("rollouts") or {}), **{app: as_entry(value) for app, value in rollouts.items()}}
        self.parsed({**self.raw, "rollouts": entries})


def stamp(file: Path) -> tuple[int, int, int]:
    """What tells one content of a file from the next without reading it."""
    found = file.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def as_entry(rollout: Rollout) -> dict[str, Any]:
    """A rollout as the stack file spells it: live first, then its colour, the other, and only what is said."""
    said = rollout.model_dump(mode="json", exclude_defaults=True)
    order = ["live", str(rollout.live), "blue", "green", "standby", "canary", "draining"]
    return {key: said[key] for key in dict.fromkeys(order) if key in said}
