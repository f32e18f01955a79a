"""What an app says about numbers of its own, for a Prometheus elsewhere: docs/outputs.md."""

from __future__ import annotations

from typing import Annotated

from config import ranges
from config.base import Model
from config.forms import Text

PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Loopback and the private networks (RFC 1918)."""


def _network_complaint(text: str) -> str | None:
    return ranges.complaint(text, "is no network")


Network = Annotated[
    str,
    Text(
        "must be a network of addresses with its mask", "203.0.113.7/32", r"[0-9a-f.:]+/[0-9]{1,3}", _network_complaint
    ),
]
MetricsPath = Annotated[
    str, Text("must be a plain path that starts with /", "/metrics", r"/[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*/?")
]


class Metrics(Model):
    """Where each of its releases tells its numbers; the gateway passes them on, release by release."""

    path: MetricsPath = "/metrics"
    """Path at which the app answers in Prometheus' format."""
    allow: tuple[Network, ...] = PRIVATE
    """Networks that may ask, by the address that the gateway sees; everybody else gets 403."""
