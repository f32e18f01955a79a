"""Secrets of the stack file itself: which ones it holds can be told without a key, the values only by the engine."""

from __future__ import annotations

from config.secrets import STACK_NAMESPACE, Wanted


def told(one: Wanted) -> str:
    """Where a secret was looked for in vain, and the next command."""
    next_ = f"next: pulumi config set --secret {STACK_NAMESPACE}:{one.own_key}"
    said = f"not in the stack config (source `{one.source}`); {next_}"
    if not one.made:
        return said
    return f"{said}, so that the stack makes it, or secrets.names.{one.name}.version, to read one that is there"
