"""Where secret values come from. Models hold names only; a value never enters one.

Not here: the values. `sources/` and `components/secrets/` read them, as outputs that are marked secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import core_schema

from config.base import Flag, Model, SecretName
from config.days import Day
from config.forms import Mistake, Text, Whole, refuse, wrong
from config.gce import ProjectId, Region
from config.nearest import did_you_mean
from config.profiles import Profile

Source = Literal["env", "stack", "gcp", "doppler"]

STACK_NAMESPACE = "secrets"
"""Config namespace of encrypted values: `pulumi config set --secret secrets:DATABASE_URL …`."""

LATEST_ALLOWED: tuple[Profile, ...] = ("local", "dev")

_LONGEST_ID = 255

DOPPLER = "https://api.doppler.com"
DOPPLER_TOKEN = "DOPPLER_TOKEN"  # noqa: S105  (the variable's name)


@dataclass(frozen=True)
class _Version:
    """A version of a secret at Google: its number, or `latest`."""

    def validate(self, value: object) -> int | str:
        """The version. Raises the error of one value."""
        if value == "latest" or (type(value) is int and value >= 1):
            return value
        raise wrong("must be the number of a version, for example 3")

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"examples": [3], "oneOf": [{"type": "integer", "minimum": 1}, {"const": "latest"}]}


def _api_complaint(url: str) -> str | None:
    plain = url.startswith("http://") and url.removeprefix("http://").rpartition(":")[0] != "127.0.0.1"
    return "must begin with https://, or the token could be read on the way" if plain else None


Version = Annotated[int | Literal["latest"], _Version()]
Key = Annotated[
    str,
    Text("must be a name in letters, digits, _ and -", "PROD_DATABASE_URL", r"[A-Za-z_][A-Za-z0-9_-]{0,254}"),
]
TokenFile = Annotated[
    str,
    Text(
        "must be the path of a file, from / or ~/ on, without spaces", "~/.config/tandem/doppler", r"~?/[^\s%\"'$\\]+"
    ),
]
Api = Annotated[str, Text("must be the address of an API", DOPPLER, r"https?://[!-~]+[^/]", _api_complaint)]


class Secret(Model):
    """What is said of one secret; most need nothing."""

    source: Source | None = None
    """Where this one comes from, when not from where the others do."""
    from_: Key | None = Field(default=None, alias="from")
    """What it is called there; absent = as here."""
    version: Version | None = None
    """gcp: the version that is read; another number is a rotation. Absent: the stack makes it, from its own value."""
    optional: Flag = False
    """The app runs without it: where it has no value, the variable is left out."""
    expires: Day | None = None
    """Last day on which it works; `tandem check` warns 30 days before."""
    max_age_days: Annotated[int, Whole(1, 3650, 180, of="days")] | None = None
    """`tandem check` warns when the value is older."""
    rotated: Day | None = None
    """When the value was made, where its source does not know: all but gcp."""


class Gcp(Model):
    """Google's Secret Manager."""

    project: ProjectId | None = None
    """Project of the secrets; absent = the host's."""
    locations: tuple[Region, ...] = ()
    """Where secrets that the stack makes are kept; absent = where Google likes."""


class Doppler(Model):
    """Doppler, by a service token of one config: from the variable DOPPLER_TOKEN, or from a file."""

    token_file: TokenFile | None = None
    """File with nothing but the token, mode 0400 or 0600; absent = DOPPLER_TOKEN."""
    api: Api = DOPPLER
    """Where Doppler answers."""


@dataclass(frozen=True)
class Wanted:
    """One secret that the stack uses: what it is called here, where it comes from, what it is called there."""

    name: str
    source: Source
    key: str
    said: Secret

    @property
    def made(self) -> bool:
        """Whether the stack itself puts its value into Google's Secret Manager."""
        return self.source == "gcp" and self.said.version is None

    @property
    def own_key(self) -> str:
        """What its value is called in the stack file, where it is there."""
        return self.name if self.made else self.key

    def id_at_google(self, project: str, stack: str) -> str:
        """What it is called in Secret Manager: as the file says, else `<project>-<stack>-<NAME>` if it is made."""
        if self.said.from_ or not self.made:
            return self.key
        return re.sub(r"[^A-Za-z0-9_-]", "-", f"{project}-{stack}-{self.name}")[:_LONGEST_ID]


class Secrets(Model):
    """The source of all secret values of this stack, and what is to be said of single ones."""

    source: Source = "env"
    """env: environment of whoever runs the update. stack: encrypted in this file, under `secrets:<NAME>`.
    gcp: Google's Secret Manager. doppler: Doppler."""
    gcp: Gcp = Gcp()
    """Which Secret Manager, for source gcp."""
    doppler: Doppler = Doppler()
    """How Doppler is asked, for source doppler."""
    names: dict[SecretName, Secret] = Field(default={})
    """What is to be said of single secrets, by name."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Secrets:
        refuse(mistake for name in self.names for mistake in self._about(self.wanted(name)))
        return self

    def wanted(self, name: str) -> Wanted:
        """Where the secret of this name comes from."""
        said = self.names.get(name, Secret())
        return Wanted(name, said.source or self.source, said.from_ or name, said)

    def _about(self, wanted: Wanted) -> Iterator[Mistake]:
        said, path = wanted.said, f"names.{wanted.name}"
        if said.version is not None and wanted.source != "gcp":
            reason = f"is only for source gcp, and this one is from {wanted.source}: remove it, for example"
            yield Mistake(f"{path}.version", f"{reason} {{source: gcp, version: {said.version}}} reads it there")
        if said.optional and said.version is not None:
            yield Mistake(f"{path}.optional", "is not for a version that is there: remove it, for example version: 3")
        if said.max_age_days and not said.rotated and wanted.source != "gcp":
            reason = f"is required for max_age_days, as the source {wanted.source} does not say how old a value is"
            yield Mistake(f"{path}.rotated", f"{reason}, for example 2027-01-31")


def mistakes(
    section: Secrets, used: Mapping[str, str], *, profile: Profile, host_project: str | None
) -> Iterator[Mistake]:
    """What does not go with the rest of the stack. `used`: secret → the first place that names it."""
    yield from _said_in_vain(section, used)
    sources = {section.wanted(name).source for name in used}
    if "gcp" in sources and not (section.gcp.project or host_project):
        yield Mistake("secrets.gcp.project", "is required, as the host is not of Google Cloud, for example acme-prod")
    for source in ("gcp", "doppler"):
        if source in section.model_fields_set and source not in sources and source != section.source:
            yield Mistake(f"secrets.{source}", f"is for no secret: remove it, for example source: {source} uses it")
    if profile not in LATEST_ALLOWED:
        yield from _latest(section, used, profile)


def _said_in_vain(section: Secrets, used: Mapping[str, str]) -> Iterator[Mistake]:
    for name, said in section.names.items():
        if name not in used:
            hint = did_you_mean(name, used) or "for example remove it"
            yield Mistake(f"secrets.names.{name}", f"is no secret that an app names, {hint}")
        elif said.optional and used[name].startswith("storage."):
            reason = f"is the key of a bucket ({used[name]}), which cannot do without: remove it"
            yield Mistake(f"secrets.names.{name}.optional", f"{reason}, for example optional: false")


def _latest(section: Secrets, used: Iterable[str], profile: Profile) -> Iterator[Mistake]:
    for name in used:
        if section.wanted(name).said.version == "latest":
            reason = f"latest may be another value tomorrow, without a release that has it; {profile} demands a number"
            yield Mistake(f"secrets.names.{name}.version", f"{reason}, for example 3")
