"""What a rule is: a plain function over planned resources, with a name, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from config.gce import GceHost
from config.profiles import Profile
from config.risks import open_metrics
from config.settings import Settings
from config.storage import GcsStorage
from policy.planned import Planned

STRICTNESS: tuple[Profile, ...] = ("local", "dev", "staging", "prod")
WEB = frozenset({80, 443})


@dataclass(frozen=True)
class Context:
    """What a rule must know of the stack besides its resources.

    `ports`: where clients are let in. `secrets`: names of environment variables whose values are secret. `backups`:
    names of buckets. `region`: the machine's; None where it is not in Google Cloud. `hardened`: what the host says.
    `open_metrics`: apps whose numbers everybody may read.
    """

    profile: Profile
    ports: frozenset[int] = WEB
    secrets: frozenset[str] = frozenset()
    backups: frozenset[str] = frozenset()
    region: str | None = None
    hardened: bool = True
    open_metrics: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Context:
        """The context of a whole stack."""
        gce = settings.host if isinstance(settings.host, GceHost) else None
        buckets = [one for one in settings.storage.values() if isinstance(one, GcsStorage)]
        return cls(
            profile=settings.profile,
            ports=WEB | {settings.gateway.port},
            secrets=frozenset(name for app in settings.apps.values() for name in app.secrets),
            backups=frozenset(one.bucket for one in buckets if one.purpose == "backups"),
            region=gce.region if gce else None,
            hardened=gce.hardening if gce else True,
            open_metrics=tuple(name for name, app in settings.apps.items() if open_metrics(app)),
        )


Look = Callable[[Sequence[Planned], Context], Iterable[tuple[str, str]]]
"""Yields the name of a resource and what is wrong with it."""


@dataclass(frozen=True)
class Finding:
    """A rule that a resource breaks; `accepted`: the stack says that it is meant."""

    rule: str
    resource: str
    message: str
    sources: tuple[str, ...] = ()
    accepted: bool = False

    def line(self) -> str:
        """`host-machine: has a public address (public-ip; CIS 4.9, CKV_GCP_40)`."""
        return f"{self.resource}: {self.message} ({'; '.join(filter(None, [self.rule, ', '.join(self.sources)]))})"


@dataclass(frozen=True)
class Rule:
    """A rule. `says`: what it demands, for docs/policy.md. `since`: the least strict profile it holds for."""

    name: str
    says: str
    since: Profile
    sources: tuple[str, ...]
    look: Look = field(repr=False)

    def __call__(self, resources: Sequence[Planned], context: Context) -> Iterator[Finding]:
        """What breaks it; nothing where the profile is less strict."""
        if STRICTNESS.index(context.profile) >= STRICTNESS.index(self.since):
            for name, message in self.look(resources, context):
                yield Finding(self.name, name, message, self.sources)


def rule(name: str, says: str, *sources: str, since: Profile = "local") -> Callable[[Look], Rule]:
    """Makes a rule of a function."""

    def make(look: Look) -> Rule:
        return Rule(name, says, since, sources, look)

    return make
