"""The sources of secrets. A new one is a word in `config.secrets`, one file here or in `sources/`, and one `case`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import pulumi

from components.host import Host
from components.secrets.opened import Opened
from components.vault import Vault
from config import names
from config.profiles import DEFAULTS
from config.secrets import Source, Wanted
from config.settings import Settings
from sources.found import Found, SourceError


def opened(stack: Settings) -> Opened:
    """Every secret that the stack names. Raises `pulumi.RunError` with a line for each that cannot be had.

    To be called before anything is made: the SDK carries out whatever was declared before an error.
    """
    by_source: dict[Source, list[Wanted]] = {}
    for name in stack.used_secrets:
        wanted = stack.secrets.wanted(name)
        by_source.setdefault(wanted.source, []).append(wanted)
    found, wrong = [], []
    for source, wanted_there in by_source.items():
        try:
            found.append(_read(source, wanted_there, stack))
        except SourceError as error:
            wrong.append(str(error))
    wrong += [line for one in found for line in one.missing]
    if wrong:
        raise pulumi.RunError("\n".join(wrong))
    values = {name: value for one in found for name, value in one.values.items()}
    versions = {name: version for one in found for name, version in one.versions.items()}
    return Opened(values, versions)


def keep(name: str, stack: Settings, *, vault: Vault, host: Host) -> None:
    """Puts what the stack is to make into Google's Secret Manager, where the host's machine may read it."""
    made = [one for secret in sorted(stack.used_secrets) if (one := stack.secrets.wanted(secret)).made]
    if not made:
        return
    from components.hosts.gce.host import ground_of
    from components.secrets.kept import Kept

    ground = ground_of(host)  # only a machine of Google Cloud is somebody there
    reader, labels = (ground.service_account_email, ground.labels) if ground else (None, {})
    protected = ground.protected if ground else DEFAULTS[stack.profile].protect
    Kept(name, stack, made=made, vault=vault, reader=reader, labels=labels, protected=protected)


def _read(source: Source, wanted: Sequence[Wanted], stack: Settings) -> Found:
    if names.declares_only() and source != "stack":
        from sources import placeholder

        return placeholder.read(wanted)
    match source:
        case "env":
            from sources import env

            return env.read(wanted)
        case "stack":
            from components.secrets import stack as own

            return own.read(wanted)
        case "doppler":
            from sources import doppler

            return doppler.read(stack.secrets.doppler, wanted)
        case "gcp":
            from components.secrets import gcp

            assert stack.google_project is not None
            return gcp.read(stack.google_project, wanted)
        case _:
            assert_never(source)
