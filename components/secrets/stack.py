"""Secrets from the encrypted stack config: `pulumi config set --secret secrets:NAME`, apart from what models hold."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi
from pulumi.runtime import config as engine  # pulumi.Config cannot list keys

from config.secrets import STACK_NAMESPACE, Wanted
from sources.found import Found, pick
from sources.stack import told


def read(wanted: Iterable[Wanted]) -> Found:
    """The values of the stack's own config."""
    prefix = f"{STACK_NAMESPACE}:"
    given = {**(engine.get_config_env() or {}), **engine.CONFIG.get()}
    keys = [key.removeprefix(prefix) for key in given if key.startswith(prefix)]
    ours = pulumi.Config(STACK_NAMESPACE)
    return pick(wanted, {key: ours.get(key) or "" for key in keys}, told, names=keys)
