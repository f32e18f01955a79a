"""The alphabet of the stack file: the frozen base model, and named types that know a right example of themselves.

A type accepts exactly one spelling of a value, the one that Docker and the engine read back, so that no stack has a
difference that never goes away: `1m0s`, never `60s`; cpus `1.0`, never `1`.
"""

from __future__ import annotations

from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Strict

from config.canonical import UNITS, cpus, duration
from config.canonical import seconds as seconds  # noqa: PLC0414  (the word belongs to this alphabet)
from config.forms import Text, Whole


class Model(BaseModel):
    """Every section of the stack file: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# Values with one canonical spelling

DAY = 24 * 60 * 60


def _duration_complaint(text: str) -> str | None:
    total = seconds(text)
    if not 1 <= total <= DAY:
        return "must be a duration from 1s to 24h0m0s"
    return (
        None if text == duration(total) else f"must be spelled as Docker gives it back, for example '{duration(total)}'"
    )


LONGEST_WINDOW = 10 * 60
"""Seconds. A release that had too little traffic by then stays unjudged, so that no watch is longer."""


def _window_complaint(text: str) -> str | None:
    if seconds(text) > LONGEST_WINDOW:
        return f"must be at most {duration(LONGEST_WINDOW)}; 0s = off"
    return None if text == "0s" else _duration_complaint(text)


def _cpus_complaint(text: str) -> str | None:
    stored = cpus(text)
    if Decimal(text) == 0:
        return "must be more than nothing"
    if Decimal(stored) != Decimal(text):
        return f"cannot be stored exactly by Docker, for example '{stored}'"
    return None if text == stored else f"must be spelled as Docker gives it back, for example '{stored}'"


# Names

LONGEST_APP_NAME = 63 - len("-green-") - 8 - len("-") - 7
"""A container's name `<app>-<colour>-<hash8>-<7 hex>` is also its DNS label."""
_RESERVED = ("gateway", "network")
_EVERYTHING = "all"
"""What `tandem stop` and `tandem start` call the whole stack."""
# nginx makes these up for any ending: `$http_gen` is the request header "Gen", not our variable of an app "http".
_NGINX = ("http", "arg", "cookie", "sent_http", "sent_trailer", "upstream_http", "upstream_cookie", "upstream_trailer")


def _app_name_complaint(name: str) -> str | None:
    variable = name.replace("-", "_")
    if len(name) > LONGEST_APP_NAME:
        return f"is {len(name)} characters long, but a container's DNS name leaves room for {LONGEST_APP_NAME}"
    if name in _RESERVED:
        return f"'{name}' is reserved: a part of the stack itself has that name"
    if name == _EVERYTHING:
        return f"'{name}' is reserved: `tandem stop {name}` means everything"
    if {"blue", "green"} & set(name.split("-")):
        return "must not contain a colour: 'blue' and 'green' tell an app's releases apart"
    if any(variable == prefix or variable.startswith(f"{prefix}_") for prefix in _NGINX):
        return f"'{name}' would become the variable ${variable}_gen in the gateway, which nginx keeps for itself"
    return None


def _domain_complaint(domain: str) -> str | None:
    return "must be at most 253 characters long" if len(domain) > 253 else None


def _label_complaint(label: str) -> str | None:
    return "starts with 'tandem.', which is kept for the stack itself" if label.startswith("tandem.") else None


def _cookie_complaint(name: str) -> str | None:
    taken = name.lower() == "tandem_colour"
    return f"'{name}' is how testers choose a colour: a client's own key needs another" if taken else None


def _env_complaint(name: str) -> str | None:
    taken = name.startswith("TANDEM_")
    return "starts with 'TANDEM_', which is kept for what a release is told about itself" if taken else None


# Values

_LINUX_CAPABILITIES = """
    AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER
    FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
    NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE
    SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM
"""
CAPABILITIES = frozenset(f"CAP_{name}" for name in _LINUX_CAPABILITIES.split())
"""What Linux knows; Docker would refuse another only when the container is made."""


def _capability_complaint(capability: str) -> str | None:
    return None if capability in CAPABILITIES else f"'{capability}' is not a Linux capability"


def _address_complaint(address: str) -> str | None:
    try:
        ip_address(address)
    except ValueError:
        return "must be an IP address of the host"
    return None


def _path_complaint(path: str) -> str | None:
    bad = path == "/" or path.endswith("/") or "//" in path or {".", ".."} & set(path.split("/"))
    return "must be an absolute path below / without a slash at the end" if bad else None


def _image_complaint(image: str) -> str | None:
    if image.startswith("sha256:") and len(image) != len("sha256:") + 64:
        return "is an image ID without its 64 hex digits"
    named = ":" in image.rpartition("/")[2] or "@" in image
    return None if named else "must name a tag or a digest, or nobody knows what runs"


def is_pinned(image: str) -> bool:
    """Whether an image reference can never mean anything else: `repo@sha256:…` or an image ID `sha256:…`."""
    return image.startswith("sha256:") or "@sha256:" in image


LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SLUG = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_REPOSITORY = r"[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)*"
_IMAGE = rf"sha256:[0-9a-f]{{64}}|{_REPOSITORY}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?"
_USER = r"(?:[a-z_][a-z0-9_-]*|[0-9]+)"
_PINNED = "ghcr.io/acme/web@sha256:<64 hex digits>"
_SLUG_MUST = "must be lower-case letters, digits and single hyphens, a letter first"

Flag = Annotated[bool, Strict()]
Slug = Annotated[str, Text(_SLUG_MUST, "uploads", _SLUG)]
AppName = Annotated[str, Text(_SLUG_MUST, "web", _SLUG, _app_name_complaint)]
Port = Annotated[int, Whole(1, 65535, 8000)]
Address = Annotated[str, Text("must be an IP address of the host", "127.0.0.1", r"[0-9A-Fa-f.:]+", _address_complaint)]
Domain = Annotated[
    str,
    Text("must be a plain host name in lower case", "shop.example.com", rf"{LABEL}(?:\.{LABEL})*", _domain_complaint),
]
Image = Annotated[str, Text("must be an image reference or an image ID", _PINNED, _IMAGE, _image_complaint)]
Hash8 = Annotated[str, Text("must be the 8 hex digits of a release", "5fe29bd5", r"[0-9a-f]{8}")]
Duration = Annotated[str, Text("must be hours, minutes and seconds", "1m30s", f"(?=[0-9]){UNITS}", _duration_complaint)]
Window = Annotated[str, Text("must be hours, minutes and seconds", "15s", f"(?=[0-9]){UNITS}", _window_complaint)]
Cpus = Annotated[str, Text("must be a number of processors", "1.0", r"[0-9]{1,4}(?:\.[0-9]{0,9})?", _cpus_complaint)]
Size = Annotated[str, Text("must be a whole number with k, m or g", "64m", r"[1-9][0-9]*[kmg]")]
Capability = Annotated[
    str, Text("must be CAP_ and a name in capitals", "CAP_NET_BIND_SERVICE", r"CAP_[A-Z_]+", _capability_complaint)
]
EnvName = Annotated[str, Text("must be the name of a variable", "LOG_LEVEL", r"[A-Za-z_][A-Za-z0-9_]*", _env_complaint)]
SecretName = Annotated[str, Text("must be a name in capitals", "DATABASE_URL", r"[A-Z][A-Z0-9_]*", _env_complaint)]
CookieName = Annotated[
    str,
    Text(
        "must be letters, digits and underscores, which is what nginx can read",
        "sessionid",
        r"[A-Za-z0-9_]{1,64}",
        _cookie_complaint,
    ),
]
ContainerPath = Annotated[str, Text("must be an absolute path below /", "/data", r"/[^\s:,]+", _path_complaint)]
UrlPath = Annotated[str, Text("must be a path that starts with /", "/healthz", r"/[!-~]*")]
User = Annotated[str, Text("must be a user or user:group of the image", "65534:65534", rf"{_USER}(?::{_USER})?")]
LabelName = Annotated[
    str,
    Text("must be lower-case words with dots", "com.example.team", r"[a-z0-9]+(?:[._/-][a-z0-9]+)*", _label_complaint),
]
Line = Annotated[str, Text("must be one line of text", "ready to accept", r"[^\r\n\0]*[^\s\0][^\r\n\0]*")]
Value = Annotated[str, Text("must be text", "1", r"[^\0]*")]
