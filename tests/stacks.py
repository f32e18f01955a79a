"""Stack configs the tests speak of, as `tandem:` values."""

from __future__ import annotations

from typing import Any

IMAGE_1 = "sha256:" + "1" * 64
IMAGE_2 = "sha256:" + "2" * 64
FROZEN = "0a1b2c3d"

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM0HMcHnQ3lyY0SEfj2S5/Yd0nqkzsQcXqkl2JWo3sCe"
"""A host key of a machine that does not exist."""

WEB: dict[str, Any] = {
    "port": 8000,
    "domains": ["web.localhost"],
    "health": {"kind": "http", "path": "/healthz"},
    "memory": 128,
}


def stack(rollout: dict[str, Any] | None = None, **web: Any) -> dict[str, Any]:
    """One app `web`, with a rollout and changed settings."""
    config: dict[str, Any] = {
        "profile": "local",
        "host": {"kind": "local"},
        "gateway": {"port": 8080, "bind": "127.0.0.1"},
        "apps": {"web": {**WEB, **web}},
    }
    return config | ({"rollouts": {"web": rollout}} if rollout else {})


def stable(**web: Any) -> dict[str, Any]:
    """Blue serves, green is empty."""
    return stack({"live": "blue", "blue": {"image": IMAGE_1}}, **web)


def prepared(**web: Any) -> dict[str, Any]:
    """Blue serves, green stands by with the next image."""
    return stack({"live": "blue", "blue": {"image": IMAGE_1}, "green": {"image": IMAGE_2}}, **web)


def switched(**web: Any) -> dict[str, Any]:
    """Blue serves, green is the previous release, kept exactly as it was."""
    rollout = {
        "live": "blue",
        "blue": {"image": IMAGE_1},
        "green": {"image": IMAGE_2, "frozen": FROZEN},
        "standby": "previous",
    }
    return stack(rollout, **web)


def deployed(frozen: str, **web: Any) -> dict[str, Any]:
    """Green took over from blue, which stays as it was made, as the way back."""
    rollout = {
        "live": "green",
        "green": {"image": IMAGE_2},
        "blue": {"image": IMAGE_1, "frozen": frozen},
        "standby": "previous",
    }
    return stack(rollout, **web)


def canary(percent: int = 10, **web: Any) -> dict[str, Any]:
    """Blue serves, and green, the next release, gets a part of the traffic."""
    rollout = {"live": "blue", "blue": {"image": IMAGE_1}, "green": {"image": IMAGE_2}, "canary": percent}
    return stack(rollout, **web)


def draining(**web: Any) -> dict[str, Any]:
    """Blue serves alone; a green and an older blue release still have connections."""
    entries = [
        {"colour": "green", "image": IMAGE_2, "frozen": FROZEN},
        {"colour": "blue", "image": IMAGE_2, "frozen": "4e5f6a7b"},
    ]
    return stack({"live": "blue", "blue": {"image": IMAGE_1}, "draining": entries}, **web)


def on_ssh(**host: Any) -> dict[str, Any]:
    """Blue serves, on a machine behind SSH."""
    section = {"kind": "ssh", "address": "203.0.113.7", "user": "deploy", "host_key": HOST_KEY}
    return {**stable(), "host": {**section, **host}}


PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKiZrRo4h4Qm0J4j0c3n5c2bqjYxJmZsNq8m6w1YtU2N deploy"
"""The public half of a deploy key."""


def on_gce(**host: Any) -> dict[str, Any]:
    """Blue serves, on an instance that the stack makes and that was reached before; profile dev."""
    section = {
        "kind": "gce",
        "project": "acme-dev",
        "zone": "europe-west3-c",
        "machine": "e2-small",
        "data_disk": {"size": 20},
        "ssh": {"public_keys": [PUBLIC_KEY]},
        "host_key": HOST_KEY,
    }
    return {**stable(), "profile": "dev", "host": {**section, **host}}
