"""Rules about containers: an update must be able to lose nothing, and a broken app must not become a broken machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config import names
from config.base import is_pinned
from policy.planned import Planned, bare, is_unknown
from policy.rule import Context, rule

CONTAINER = "docker:index/container:Container"
OWN = ("gateway", "scheduler")
"""Roles of the stack itself; all others run an app's image."""
SOCKET = "/var/run/docker.sock"
Broken = Iterator[tuple[str, str]]


@rule("pinned-image", "App containers name their image by digest", since="staging")
def pinned_image(resources: Sequence[Planned], _context: Context) -> Broken:
    """A tag may mean another image tomorrow."""
    for box in _apps(resources):
        image = box.at("image")
        if not is_unknown(image) and not is_pinned(str(image)):
            yield box.name, f"runs {image}, which may mean another image tomorrow"


@rule("published-port", "Only the gateway has ports of the machine")
def published_port(resources: Sequence[Planned], _context: Context) -> Broken:
    """Two releases side by side could not share one."""
    for box in _containers(resources):
        if box.at("ports") and _role(box) != "gateway":
            yield box.name, "publishes a port of the machine"


@rule("own-name", "App containers have no fixed name")
def own_name(resources: Sequence[Planned], _context: Context) -> Broken:
    """Its replacement could not be made before it is gone."""
    for box in _apps(resources):
        called = box.at("name")
        if called is not None and not is_unknown(called) and not _is_generated(called, box.name):
            yield box.name, f"is always called {called}, so it must go before the next one comes"


@rule("replace-order", "App containers say whether the new or the old one comes first")
def replace_order(resources: Sequence[Planned], _context: Context) -> Broken:
    """The provider's own default is to delete first."""
    for box in _apps(resources):
        if box.options.told and box.options.delete_before_replace is None:
            yield box.name, "does not say delete_before_replace: the provider deletes first"


@rule("grace", "A container has time to end by itself")
def grace(resources: Sequence[Planned], _context: Context) -> Broken:
    """Without it Docker sends TERM and KILL at once."""
    for box in _containers(resources):
        if not box.at("destroyGraceSeconds"):
            yield box.name, "is killed without a moment to end"


@rule("memory", "A container has a limit of memory, without swap beyond it", "CIS Docker 5.11")
def memory(resources: Sequence[Planned], _context: Context) -> Broken:
    """One leak must not take the machine."""
    for box in _containers(resources):
        if not box.at("memory") or box.at("memory") != box.at("memorySwap"):
            yield box.name, f"has memory {box.at('memory')} and with swap {box.at('memorySwap')}"


@rule(
    "capabilities",
    "A container drops all capabilities but named ones, and gains none",
    "CIS Docker 5.4",
    "CIS Docker 5.26",
)
def capabilities(resources: Sequence[Planned], _context: Context) -> Broken:
    """A stolen app stays one."""
    for box in _containers(resources):
        if "ALL" not in box.many("capabilities.drops"):
            yield box.name, "keeps capabilities that nobody named"
        if "no-new-privileges:true" not in box.many("securityOpts"):
            yield box.name, "may gain new privileges"


@rule("privileged", "No container is the machine", "CIS Docker 5.5", "CIS Docker 5.10", "CIS Docker 5.16")
def privileged(resources: Sequence[Planned], _context: Context) -> Broken:
    """Neither privileged nor in a namespace of the host."""
    for box in _containers(resources):
        shared = [key for key in ("networkMode", "pidMode", "ipcMode", "userns") if box.at(key) == "host"]
        if box.at("privileged") or shared:
            yield box.name, f"is the machine: {', '.join(shared) or 'privileged'}"


@rule("docker-socket", "No app holds Docker's socket", "CIS Docker 5.32")
def docker_socket(resources: Sequence[Planned], _context: Context) -> Broken:
    """Whoever has it is root on the machine."""
    for box in _apps(resources):
        if any(SOCKET in str(_source(mount)) for mount in (*box.many("mounts"), *box.many("volumes"))):
            yield box.name, "holds Docker's socket"


@rule("own-provider", "What Docker makes names its provider")
def own_provider(resources: Sequence[Planned], _context: Context) -> Broken:
    """The default one takes whatever DOCKER_HOST says."""
    for resource in resources:
        if resource.type.startswith("docker:") and resource.options.provider == "":
            yield resource.name, "goes wherever DOCKER_HOST points"


def _containers(resources: Sequence[Planned]) -> Iterator[Planned]:
    return (resource for resource in resources if resource.type == CONTAINER)


def _apps(resources: Sequence[Planned]) -> Iterator[Planned]:
    return (box for box in _containers(resources) if _role(box) not in OWN)


def _role(box: Planned) -> str:
    labels = {label.get("label"): label.get("value") for label in box.many("labels") if isinstance(label, Mapping)}
    return str(labels.get(names.LABEL_ROLE, "app"))


def _source(mount: Any) -> Any:
    inside = bare(mount)
    return inside.get("source") or inside.get("hostPath") if isinstance(inside, Mapping) else None


def _is_generated(called: str, resource: str) -> bool:
    """Whether the engine made this name of the resource's own: a plan of its tells both kinds as inputs."""
    return re.fullmatch(rf"{re.escape(resource)}-[0-9a-f]{{7}}", called) is not None
