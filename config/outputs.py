"""The contract about what a stack tells others, as models: docs/outputs.md, and the JSON schema beside it.

What the stack itself writes (`pulumi stack output --json`) is what was meant by the last good update. The command
replaces by the host's word what the host knows better: `tandem outputs --format json`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from config.base import Model
from config.slots import Colour


class Declared(Model):
    """A release that the stack has on a colour."""

    release: str
    """`<colour>-<hash8>`, as `X-Served-By` names it."""
    image: str
    """A digest or an image ID."""
    container: str
    """Docker's name of its container."""
    declared: str
    """The hash that today's settings would give; another than the release's own where it is kept as it was made."""


class Leaving(Model):
    """A release that left its colour and still has connections."""

    release: str
    """`<colour>-<hash8>`."""
    image: str
    """A digest or an image ID."""
    container: str
    """Docker's name of its container."""


class TargetGroup(Model):
    """Prometheus' own form, of file_sd and http_sd: one release of one app."""

    targets: list[str]
    """Host and port: the app's own name, through the gateway."""
    labels: dict[str, str]
    """app, colour, release, role (live or standby), stack, project; `__scheme__`, `__metrics_path__`: how to ask."""


class ReleaseNow(Model):
    """A release that the host has."""

    release: str
    """`<colour>-<hash8>`."""
    colour: Colour
    """Its slot."""
    role: Literal["live", "standby", "draining", "idle"]
    """live: has the traffic. standby: proved, could have it at once. draining: ends what it does. idle: none of it."""
    percent: int
    """Part of the new requests that it gets; below 100 for the live one while a canary runs."""
    image: str | None
    """A digest or an image ID."""
    container: str | None
    """Docker's name of its container; null where it is gone."""
    state: str
    """Docker's word: running, exited, …; absent where there is no container."""


class Deployed(Model):
    """What gave the live release its traffic. Null is what nobody told."""

    at: str | None
    """UTC."""
    receipt: str | None
    """The receipt's id, see `tandem history`."""
    kind: str
    """switch, back or canary."""
    by: str | None
    """A person as git knows them, or the CI's actor."""
    commit: str | None
    """The project's commit; `-dirty` where files differed from it, rollouts aside."""
    command: str | None
    """`deploy web`, or `pulumi up` for an update that no tandem ran."""
    run: str | None
    """Address of the CI run."""


class AppNow(Model):
    """An app as the host serves it."""

    live: str | None
    """The release that has the traffic; null where nobody serves."""
    url: str | None
    """Where it answers; null for an app without a port."""
    agrees: bool
    """Whether the stack file means the colour that serves."""
    releases: list[ReleaseNow]
    """All that the host has, the live one first."""
    deployed: Deployed | None
    """Who gave the live release its traffic; null where the host does not know any more."""


class StackOutputs(Model):
    """What the stack writes after every update: `pulumi stack output --json`. By app where it is a map."""

    model_config = ConfigDict(extra="allow")

    version: Literal[1]
    """Of this contract: raised when a name or a meaning changes. Names may be added: pass over what you do not know."""
    engine: str
    """pulumi or offline."""
    address: str
    """Where clients reach the machine."""
    live: dict[str, str | None]
    """The release that serves; null before the first."""
    releases: dict[str, dict[Colour, Declared]]
    """What each colour has."""
    draining: dict[str, list[Leaving]]
    """What left its colour."""
    beside: dict[str, list[str]]
    """Containers of jobs, workers and cron."""
    receipts: dict[str, dict[str, Any] | None]
    """What the last switch said it did; `noted` says who asked for it."""
    endpoints: dict[str, str | None]
    """Where each app answers; null for one without a port."""
    scrape_targets: list[TargetGroup]
    """A group per release of the apps that declare `metrics`."""
    alerts: list[dict[str, Any]]
    """Empty: there is no monitoring yet."""


class Outputs(StackOutputs):
    """`tandem outputs --format json`. With `--intent` it is what the stack wrote, and `apps` is empty."""

    project: str
    """Name of the project."""
    stack: str
    """Name of the stack."""
    truth: Literal["host", "intent"]
    """Who says what is live, in `live`, `scrape_targets` and `apps`: the host itself, or the last good update."""
    apps: dict[str, AppNow]
    """Each app as the host serves it."""
