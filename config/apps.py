"""What an app says about itself: how it runs, how one knows that it is well, what it may use.

Not here: its image (that is the rollout's) and secret values (the vault's).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.base import (
    Capability,
    ContainerPath,
    CookieName,
    Cpus,
    Domain,
    Duration,
    EnvName,
    Flag,
    LabelName,
    Line,
    Model,
    Port,
    SecretName,
    Size,
    Slug,
    User,
    Value,
)
from config.expects import Expects
from config.forms import Mistake, Whole, refuse
from config.health import Health, HttpHealth
from config.jobs import Cron, Job, Worker
from config.jobs import mistakes as mistakes_of_jobs
from config.metrics import Metrics
from config.secret_files import FOLDER, Delivery
from config.secret_files import mistakes as mistakes_of_files
from config.watch import Watch


class Volume(Model):
    """A place that outlives containers, and the contract about it."""

    path: ContainerPath
    """Where the container sees it."""
    purpose: Annotated[Line, Field(examples=["uploaded pictures"])]
    """What it holds, for whoever decides about backups."""
    writable: Flag = True
    """false mounts it read-only."""


class LogRotation(Model):
    """How much of a container's log the host keeps."""

    max_size: Size = "10m"
    """Size at which a log file is rotated."""
    max_files: Annotated[int, Whole(1, 100, 3)] = 3
    """Files kept."""


class App(Model):
    """One app: two colours of it may run at once, one of them is live."""

    port: Port | None = None
    """Port it listens on inside the container, never published; absent for workers and cron."""
    domains: tuple[Domain, ...] = ()
    """Host names the gateway sends here; one app with a port may have none and gets everything else."""
    health: Health = Field(examples=[{"kind": "http", "path": "/healthz"}])
    """How one knows that a release is ready."""
    env: dict[EnvName, Value] = Field(default={})
    """Environment that everybody may read."""
    secrets: tuple[SecretName, ...] = ()
    """Names of secrets; each arrives as an environment variable of that name, or as a file: `delivery`."""
    delivery: Delivery = "env"
    """env: secrets are environment. files: each is a file in memory, /run/secrets/NAME, and NAME_FILE says where."""
    storage: tuple[Slug, ...] = ()
    """Names under tandem:storage that it uses; what a client needs arrives as environment, see docs/storage.md."""
    expects: Expects = Expects()
    """What must be so in its container, looked at before a release gets traffic: see docs/contracts.md."""
    command: tuple[Value, ...] = ()
    """Replaces the image's own command."""
    user: User | None = None
    """Runs as this user instead of the image's."""
    memory: Annotated[int, Whole(16, 1_048_576, 256, of="MiB")] = 256
    """MiB; the container is killed above it, and swap is off."""
    cpus: Cpus | None = None
    """Share of processors it may use; absent = all."""
    cpu_shares: Annotated[int, Whole(2, 262_144, 512)] | None = None
    """Weight when processors are scarce; Docker's own is 1024."""
    read_only: Flag = False
    """Nothing in the container can be written but volumes and tmpfs."""
    tmpfs: dict[ContainerPath, Size] = Field(default={})
    """Writable places in memory, with their size."""
    capabilities: tuple[Capability, ...] = ()
    """All others are dropped."""
    volumes: dict[Slug, Volume] = Field(default={})
    """Data that outlives containers, by name."""
    labels: dict[LabelName, Value] = Field(default={})
    """Labels of the container, besides those of the stack."""
    stop_grace: Duration = "10s"
    """Between TERM and KILL."""
    drain_limit: Duration = "1m0s"
    """How long an old release may finish what it does; longer streams are cut."""
    max_body: Size = "10m"
    """Largest request the gateway takes, uploads included; a bigger one gets 413."""
    read_timeout: Duration = "5m0s"
    """How long the app may be silent within an answer or a WebSocket; then the gateway ends it."""
    log: LogRotation = LogRotation()
    """How much of its log the host keeps."""
    standby: Literal["keep", "remove"] = "keep"
    """Whether the release that was live keeps running for a quick way back."""
    swap: Literal["start_first", "stop_first"] = "start_first"
    """stop_first: never two at once (one writer); its short outage is announced."""
    canary_cookie: CookieName | None = None
    """Cookie that keeps a client on its colour while a canary grows; absent = the client's address does."""
    testers: Flag = False
    """A request may choose its colour: by the header X-Tandem-Colour or the cookie tandem_colour, blue or green."""
    watch: Watch = Watch()
    """How a release that has just got traffic is watched, and what happens when it is worse than the one before."""
    metrics: Metrics | None = None
    """Lets a Prometheus elsewhere scrape each release through the gateway; absent = nobody can."""
    before_switch: Job | None = None
    """Runs in the new image before its release starts, once per release, for example a migration."""
    after_switch: Job | None = None
    """Runs in the image of the release that has just got the traffic, once per release."""
    workers: dict[Slug, Worker] = Field(default={})
    """Processes beside the live release that take no requests, by name."""
    cron: dict[Slug, Cron] = Field(default={})
    """What runs at its time, in the live release's image, by name."""
    processes: Annotated[int, Whole(16, 1_000_000, 1024)] = 1024
    """Limit of processes and threads of the user it runs as (ulimit nproc)."""
    init: Flag = True
    """A small init as process 1, which reaps children and passes signals on."""

    @model_validator(mode="after")
    def _hangs_together(self) -> App:
        about = (self._about_the_port, self._said_twice, self._about_the_swap, self._about_the_jobs, self._about_files)
        refuse(mistake for look in about for mistake in look())
        return self

    @property
    def variables(self) -> dict[str, Collection[str]]:
        """Where this file names variables of the app and of what runs beside it → which."""
        found: dict[str, Collection[str]] = {"env": self.env, "secrets": self.secrets}
        jobs = {"before_switch": self.before_switch, "after_switch": self.after_switch}
        found |= {f"{key}.env": job.env for key, job in jobs.items() if job}
        found |= {f"workers.{name}.env": worker.env for name, worker in self.workers.items()}
        return found | {f"cron.{name}.env": job.env for name, job in self.cron.items()}

    def _about_the_port(self) -> Iterator[Mistake]:
        if self.port is not None:
            return
        if isinstance(self.health, HttpHealth):
            yield Mistake("health.kind", "must be exec or log, as the app has no port, for example exec")
        if self.domains:
            yield Mistake("port", "is required, as the app has domains, for example 8000")
        for key in ("canary_cookie", "testers", "watch", "metrics"):
            if getattr(self, key) != type(self).model_fields[key].default:
                yield Mistake(key, "is only for an app that gets requests: remove it or add a port, for example 8000")

    def _about_the_swap(self) -> Iterator[Mistake]:
        if self.swap == "stop_first" and self.port is not None:
            yield Mistake(
                "swap",
                "must be start_first for an app with a port, which would stop answering, for example start_first",
            )

    def _about_the_jobs(self) -> Iterator[Mistake]:
        yield from mistakes_of_jobs(
            self.secrets,
            before_switch=self.before_switch,
            after_switch=self.after_switch,
            workers=self.workers,
            cron=self.cron,
        )

    def _about_files(self) -> Iterator[Mistake]:
        if self.delivery == "files":
            yield from mistakes_of_files(self.secrets, {name: f"env.{name}" for name in self.env}, self.user)

    def _said_twice(self) -> Iterator[Mistake]:
        for name in self.secrets:
            if name in self.env:
                yield Mistake(f"env.{name}", f"is a secret too: remove it here, for example keep secrets: [{name}]")
        for key in ("secrets", "storage", "domains", "capabilities"):
            values: tuple[str, ...] = getattr(self, key)
            for value, times in Counter(values).items():
                if times > 1:
                    yield Mistake(key, f"names {value} {times} times: keep one, for example [{value}]")
        own = [FOLDER] if self.delivery == "files" else []
        paths = Counter([*self.tmpfs, *own, *(volume.path for volume in self.volumes.values())])
        for path, times in paths.items():
            if times > 1:
                yield Mistake("volumes", f"mount {path} {times} times, tmpfs counted: move one, for example to {path}2")
