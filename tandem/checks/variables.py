"""Where each variable of an app's contract comes from, and what is wrong with that. Pure; names only, never a value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from config.apps import App
from config.expects import Variable
from config.nearest import nearest
from config.storage_env import Environment
from tandem.checks.finding import Level
from tandem.exits import ENVIRONMENT, USAGE

Expected = Literal["required", "optional", "default", "image"]
Origin = Literal["env", "secret", "secret file", "storage", "storage file", "default", "image", "missing"]


@dataclass(frozen=True)
class Sources:
    """What is known of where the values of one app come from.

    `secrets`: name → whether its source has a value, None where it was not asked; `named`: name → that source.
    `image`: the names that its own ENV gives, None where the image is not here.
    """

    name: str
    app: App
    stored: Environment
    secrets: Mapping[str, bool | None] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    image: Collection[str] | None = None


@dataclass(frozen=True)
class Row:
    """One variable: what is expected, where it comes from, and what is wrong (`found`, `remedy`) where anything is."""

    name: str
    expected: Expected
    origin: Origin
    source: str = ""
    aliases: tuple[str, ...] = ()
    injected: bool = False
    level: Level = "good"
    found: str = ""
    remedy: str = ""
    code: int = ENVIRONMENT

    @property
    def is_file(self) -> bool:
        """Whether the container has it as a file."""
        return self.origin in ("secret file", "storage file")

    @property
    def told(self) -> list[str]:
        """Every name by which the container has it."""
        return [self.name, *(self.aliases if self.injected else ())]

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty value is one, too."""
        return self.expected in ("optional", "default")

    @property
    def where(self) -> str:
        """For a cell of a table."""
        return f"{self.origin} ({self.source})" if self.source else self.origin


def rows(sources: Sources) -> Iterator[Row]:
    """Every variable that the app expects."""
    for variable, one in sources.app.expects.variables.items():
        row = _origin(variable, one, sources)
        wrongs = (_no_value, _not_in_the_image, _hidden_file, _misnamed_in_the_image, _misspelled)
        yield next((bad for wrong in wrongs if (bad := wrong(row, sources))), row)


def _origin(variable: str, one: Variable, sources: Sources) -> Row:
    expected: Expected = "optional" if one.optional else "image" if one.image else "required"
    if one.default is not None:
        expected = "default"
    origin, source = _given(variable, sources) or _otherwise(variable, one, sources)
    return Row(variable, expected, origin, source, one.aliases, one.alias == "inject")


def _given(variable: str, sources: Sources) -> tuple[Origin, str] | None:
    """By the stack file: env, a secret that has a value as far as one knows, or a storage. Never two of them."""
    app = sources.app
    files = app.delivery == "files"
    if variable in app.env:
        return "env", ""
    if variable in app.secrets and sources.secrets.get(variable) is not False:
        return "secret file" if files else "secret", sources.named.get(variable, "")
    if variable in sources.stored.keys:
        return "storage file" if files else "storage", sources.stored.keys[variable].storage
    return ("storage", "") if variable in sources.stored.plain else None


def _otherwise(variable: str, one: Variable, sources: Sources) -> tuple[Origin, str]:
    if one.default is not None:
        return "default", ""
    if one.image and sources.image is None:
        return "image", "not here yet"
    return ("image" if variable in (sources.image or ()) else "missing"), ""


def _no_value(row: Row, sources: Sources) -> Row | None:
    if row.expected != "required" or row.name not in sources.app.secrets or row.origin not in ("missing", "image"):
        return None
    source = sources.named.get(row.name, "env")
    return replace(row, level="bad", found=f"its source ({source}) has no value", remedy="Give it one: docs/secrets.md")


def _not_in_the_image(row: Row, sources: Sources) -> Row | None:
    if row.expected != "image" or row.origin != "missing":
        return None
    remedy = f"Build it into the image (ENV {row.name}=…), or give it by apps.{sources.name}.env"
    return replace(row, level="bad", found="the image's own ENV does not give it", remedy=remedy, code=USAGE)


def _hidden_file(row: Row, sources: Sources) -> Row | None:
    hidden = next((told for told in row.told if row.is_file and told in (sources.image or ())), None)
    if hidden is None:
        return None
    found = f"the image's own ENV gives {hidden}, which hides the file"
    remedy = f"Take it out of the image, or write delivery: env (apps.{sources.name}), which wins over the image"
    return replace(row, level="bad", found=found, remedy=remedy, code=USAGE)


def _misnamed_in_the_image(row: Row, sources: Sources) -> Row | None:
    misnamed = next((alias for alias in row.aliases if not row.injected and alias in (sources.image or ())), None)
    if misnamed is None:
        return None
    found = f"the image's own ENV calls it {misnamed}"
    return replace(row, level="note", found=found, remedy=f"Call it {row.name} in the image")


def _misspelled(row: Row, sources: Sources) -> Row | None:
    if row.origin not in ("missing", "default", "image"):
        return None
    app = sources.app
    meant = nearest(row.name, [known for known in (*app.env, *app.secrets) if known not in app.expects.variables])
    if meant is None:
        return None
    place = "env" if meant in app.env else "secrets"
    remedy = f"Did you mean '{row.name}'? Then call it so in apps.{sources.name}.{place}"
    return replace(row, level="note", found=f"{place} has {meant}", remedy=remedy)
