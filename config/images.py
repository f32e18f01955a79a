"""Upstream images, named once. Everything we build starts from one of them (`ARG BASE`); a stack may override any."""

from __future__ import annotations

from config.base import Image, Model


class Images(Model):
    """Bases of the images that are built on the host."""

    gateway: Image = "debian:sid-slim"
    """Base of the gateway's image: a Debian whose nginx is 1.27.4 or newer (keepalive_min_timeout)."""
