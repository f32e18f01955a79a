"""Which files are migrations that no app runs by itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

TOOLS = {
    "Django": r"(.*/)?migrations/[0-9]{4}_[a-z0-9_]+\.py",
    "Rails": r"(.*/)?db/migrate/[0-9]{14}_[a-z0-9_]+\.rb",
    "Alembic": r"(.*/)?alembic\.ini",
    "Prisma": r"(.*/)?prisma/migrations/[^/]+/migration\.sql",
}
"""Tool → the paths that it makes. Not here: Flyway and Liquibase, which Spring runs when an app starts."""


def named(paths: Iterable[str]) -> tuple[str, str] | None:
    """The first that is one: its tool and its path."""
    for path in paths:
        for tool, form in TOOLS.items():
            if re.fullmatch(form, path):
                return tool, path
    return None
