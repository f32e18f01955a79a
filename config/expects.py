"""What an app expects of its container: variables that must be there, and what must be so of its paths.

One name per variable: another name that somebody may use is declared as its alias, and either refused with the right
name or given to the app too. Precedence: a variable in the environment, then the file of a secret, then the default,
then what the image says itself (docs/contracts.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from config.base import EnvName, Flag, Model, User, Value
from config.forms import Mistake, Text, refuse

T = TypeVar("T")

WILD = frozenset("*?")


def _path_complaint(path: str) -> str | None:
    bad = path == "/" or path.endswith("/") or "//" in path or {".", ".."} & set(path.split("/"))
    return "must be an absolute path below / without a slash at the end" if bad else None


ExpectedPath = Annotated[
    str,
    Text(
        "must be an absolute path in the container, of letters, digits and ._@%+=~-, and * and ? as in a shell",
        "/app/data",
        r"/[A-Za-z0-9._@%+=~*?/-]*",
        _path_complaint,
    ),
]


class Variable(Model):
    """One variable. Nothing said = env, secrets or storage must give it, and not be empty."""

    optional: Flag = False
    """The app does without it."""
    default: Value | None = None
    """What the app is told where neither env nor secrets nor storage gives it."""
    image: Flag = False
    """The image's own ENV gives it."""
    aliases: tuple[EnvName, ...] = ()
    """Other names that somebody may call it by."""
    alias: Literal["refuse", "inject"] = "refuse"
    """refuse: nobody may use an alias. inject: the app is told the same value by each alias too."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Variable:
        refuse(self._contradictions())
        return self

    @property
    def required(self) -> bool:
        """Whether the stack file must name a place that gives it."""
        return not self.optional and not self.image and self.default is None

    def _contradictions(self) -> Iterator[Mistake]:
        if self.optional and self.default is not None:
            yield Mistake("optional", "is not for one with a default, which is always there: remove it, keep one")
        if self.image and (self.optional or self.default is not None):
            other = "optional" if self.optional else "default"
            yield Mistake("image", f"says that the image gives it, and {other} that it need not: remove it, keep one")
        if self.alias == "inject" and not self.aliases:
            yield Mistake("aliases", "is required for alias: inject, for example [DB_URL]")


class Path(Model):
    """One path in the container, as the container's user sees it. What is not said is not looked at."""

    exists: Flag = True
    """false: it must not be there. Of a pattern: whether anything may match it."""
    mounted: Flag | None = None
    """Whether a volume, a storage or a tmpfs holds it; what is in none goes with its container."""
    writable: Flag | None = None
    """Whether the container's user can write there; tried out."""
    owner: User | None = None
    """Whose it is: user, or user:group; numbers, or names of the image."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Path:
        if not self.exists:
            refuse(Mistake(key, "is not for a path that must not be there: remove it, keep one") for key in self.more)
        return self

    @property
    def words(self) -> str:
        """As the host scripts know it, see components/gateway/files/lib/contract.sh."""
        said = {"mounted": ("unmounted", "mounted"), "writable": ("unwritable", "writable")}
        words = ["exists" if self.exists else "absent"]
        words += [both[value] for key, both in said.items() if (value := getattr(self, key)) is not None]
        return ",".join([*words, *([f"owner={self.owner}"] if self.owner else [])])

    @property
    def more(self) -> list[str]:
        """What is said besides whether it exists."""
        return [key for key in ("mounted", "writable", "owner") if getattr(self, key) is not None]


class Expects(Model):
    """An app's contract with its container. Nothing said = nothing looked at."""

    variables: dict[EnvName, Variable] = Field(default={})
    """Variables by their one right name."""
    paths: dict[ExpectedPath, Path] = Field(default={})
    """Paths in the container; * and ? as in a shell."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Expects:
        refuse([*self._colliding_aliases(), *self._about_patterns()])
        return self

    def environment(self, said: Mapping[str, str], others: Collection[str]) -> dict[str, str]:
        """Plain variables with the defaults, where `others` (secrets, storage) do not give them, and with aliases."""
        defaults = {name: one.default for name, one in self.variables.items() if one.default is not None}
        return self.with_aliases({name: text for name, text in defaults.items() if name not in others} | dict(said))

    def with_aliases(self, values: Mapping[str, T]) -> dict[str, T]:
        """The same values, and each by those of its aliases that the app is told too."""
        found = dict(values)
        for name, one in self.variables.items():
            if one.alias == "inject" and name in values:
                found |= dict.fromkeys(one.aliases, values[name])
        return found

    @property
    def places(self) -> list[str]:
        """The paths as the host scripts are told them: words, a space, path."""
        return [f"{one.words} {path}" for path, one in self.paths.items()]

    @property
    def right_names(self) -> dict[str, str]:
        """Alias → the variable's right name."""
        return {alias: name for name, one in self.variables.items() for alias in one.aliases}

    def _colliding_aliases(self) -> Iterator[Mistake]:
        times = Counter(alias for one in self.variables.values() for alias in one.aliases)
        for name, one in self.variables.items():
            for alias in dict.fromkeys(one.aliases):
                place = f"variables.{name}.aliases"
                if alias in self.variables:
                    yield Mistake(place, f"{alias} is a variable of its own here: remove it, for example {name}_OLD")
                elif times[alias] > 1:
                    yield Mistake(place, f"{alias} is named {times[alias]} times: keep one")

    def _about_patterns(self) -> Iterator[Mistake]:
        for path, one in self.paths.items():
            for key in one.more if WILD & set(path) else ():
                reason = "is for one path, and this is a pattern: remove it"
                yield Mistake(f"paths.{path}.{key}", f"{reason}, for example {{exists: true}}")
