"""Ranges of addresses, each with one spelling: nothing behind its mask."""

from __future__ import annotations

from ipaddress import ip_network


def complaint(text: str, otherwise: str) -> str | None:
    """What is wrong with a range; `otherwise` for what is none at all."""
    try:
        known = ip_network(text, strict=False)
    except ValueError:
        return otherwise
    return None if str(known) == text else f"has bits behind its mask, for example '{known}'"
