"""What a registry says of an image before anything is pulled, and what its refusals mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from config.registries import Login, registry_of
from tandem.docker import platforms

Trouble = Literal["absent", "unauthorised", "denied", "unreachable", "platform", "limited", "failing", "other"]

_SAID: dict[Trouble, tuple[str, ...]] = {
    "platform": ("no matching manifest for",),
    "limited": ("toomanyrequests", "429 too many"),
    "failing": (
        *("unexpected http status: 5", "error parsing http 5"),
        *("500 internal server error", "502 bad gateway", "503 service unavailable", "504 gateway time"),
    ),
    "unauthorised": ("unauthorized", "no basic auth credentials", "authentication required"),
    # Docker Hub says so of what is not there, too: it does not tell strangers which.
    "denied": ("denied", "forbidden"),
    "absent": ("manifest unknown", "name unknown", "not found"),
    "unreachable": (
        *("dial tcp", "no such host", "connection refused", "network is unreachable", "i/o timeout", "tls handshake"),
        *("client.timeout", "deadline exceeded", "x509:", "http response to https client", "eof"),
    ),
}
"""What Docker's and the registries' words mean; the first that fits."""

_PAGE = re.compile(r"error parsing HTTP (\d{3}) response body: .*", re.DOTALL)
_STATUS = {str(one.value): f"{one.value} {one.phrase}" for one in HTTPStatus}
"""Not every status has a phrase: proxies have numbers of their own (520, …)."""


@dataclass(frozen=True)
class Manifest:
    """What is under a name. `digest`: `sha256:…`; `platforms`: `linux/amd64`, …; empty where it does not say."""

    digest: str
    platforms: tuple[str, ...] = ()


def manifest(said: Mapping[str, Any]) -> Manifest:
    """What Docker answers, as a value."""
    found = (
        platforms.joined(one.get("os"), one.get("architecture"), one.get("variant"))
        for one in said.get("Platforms") or ()
    )
    # What builders add about an image has a platform that is none.
    return Manifest(said["Descriptor"]["digest"], tuple(one for one in found if one and one != "unknown/unknown"))


def trouble(said: str) -> Trouble:
    """What Docker's words about a registry mean."""
    words = said.lower()
    return next((kind for kind, marks in _SAID.items() if any(mark in words for mark in marks)), "other")


def passes(said: str) -> bool:
    """Whether the same question may have another answer in a moment."""
    return trouble(said) in ("limited", "failing")


def words(said: str) -> str:
    """Docker's words on one line: of a page that it could not read, for example a proxy's, only the status."""
    return _PAGE.sub(lambda page: f"{_STATUS.get(page[1], page[1])}, in words that are no registry's", said)


def remedy(said: str, reference: str, login: Login | None, where: str, shell: str = "") -> str:
    """The next thing to do after a registry said no.

    `login`: who the stack is there; `where`: whose Docker asked; `shell`: what brings a command there.
    """
    registry, kind = registry_of(reference), trouble(said)
    if kind in ("unauthorised", "denied"):
        return _not_let_in(reference, kind, login)
    words = {
        "absent": f"Push it: `docker push {reference}`; or correct the name",
        "unreachable": f"{where} does not reach {registry}: {shell}curl -sSI https://{registry}/v2/",
        "platform": "Build it for this machine too: `docker buildx build --platform …`",
        "limited": f"{registry} answers {login.user} only so often: wait, then the same command again"
        if login
        else f"{registry} answers strangers only so often: name it under tandem:registries, or wait",
        "failing": f"{registry} is out of order, which passes: the same command again, once "
        f"`{shell}curl -sSI https://{registry}/v2/` says 200 or 401",
    }
    return words.get(kind) or (
        f"Build it (`docker build -t {reference} .`), name its registry (tandem:registries), or check the spelling"
    )


def _not_let_in(reference: str, kind: Trouble, login: Login | None) -> str:
    registry = registry_of(reference)
    if login is None:
        return (
            f"Build it (`docker build -t {reference} .`) or push it; or, as {registry} asks who one is, name that "
            "under tandem:registries (docs/secrets.md)"
        )
    secret = login.password or "what its password_command prints"
    if kind == "unauthorised" and not login.password:
        return f"{registry} does not take what registries.{registry}.password_command prints for {login.user}: run it"
    if kind == "unauthorised":
        return f"{registry} does not take {secret} as the password of {login.user}: give it a new value"
    return f"{login.user} may not read it at {registry}: look at what {secret} may do; or it was never pushed"
