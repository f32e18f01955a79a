"""Secrets from the environment of whoever deploys: CI's own secret store, or a shell that sourced a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from config.secrets import Wanted
from sources.found import Found, pick


def read(wanted: Iterable[Wanted], environment: Mapping[str, str] | None = None) -> Found:
    """The variables' values."""
    there = os.environ if environment is None else environment
    return pick(wanted, there, _told, names=[name for name in there if name.isupper()])


def _told(one: Wanted) -> str:
    return f"not in the environment (source `env`); export {one.key}=… where tandem runs and try again"
