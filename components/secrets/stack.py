"""Secrets from the encrypted stack config: `pulumi config set --secret secrets:NAME`, apart from what models hold."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi
from pulumi.runtime import config as engine  # pulumi.Config cannot list keys

from config.secrets import STACK_NAMESPACE, Wanted
from sources.found import Found, pick


def read(wanted: Iterable[Wanted]) -> Found:
    """The values of the stack's own config."""
    prefix = f"{STACK_NAMESPACE}:"
    given = {**(engine.get_config_env() or {}), **engine.CONFIG.get()}
    keys = [key.removeprefix(prefix) for key in given if key.startswith(prefix)]
    ours = pulumi.Config(STACK_NAMESPACE)
    return pick(wanted, {key: ours.get(key) or "" for key in keys}, _told, names=keys)


def _told(one: Wanted) -> str:
    key = own_key(one)
    told = f"not in the stack config (source `{one.source}`); next: pulumi config set --secret {STACK_NAMESPACE}:{key}"
    if one.source != "gcp":
        return told
    return f"{told}, so that the stack makes it, or secrets.names.{one.name}.version, to read one that is there"


def own_key(one: Wanted) -> str:
    """What the value is called in the stack config."""
    return one.name if one.made else one.key
