"""Have the secrets that the stack names a value, and how long will they still do?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from config.load import kept_names
from config.secrets import STACK_NAMESPACE, Wanted
from sources import env, stack
from sources.found import SourceError, pick
from tandem.checks.finding import Finding, bad, good, note
from tandem.checks.google_secrets import Version
from tandem.exits import ENVIRONMENT, USAGE
from tandem.stack.session import Session

EARLY = 30
"""Days before the last one on which a warning begins."""

Versions = Callable[[Mapping[str, Wanted]], Mapping[str, Version]]
"""What Google says of versions, by secret."""


def present(session: Session) -> Finding:
    """Whether all have a value, as far as can be told at once: in the environment and in the stack file."""
    wanted = named(session)
    there = [one for one in wanted if one.source == "env"]
    own = [one for one in wanted if one.source == "stack" or one.made]
    held = dict.fromkeys(kept_names(session.stack.file), "held") if own else {}
    # By its own key and not by what it is called at Google.
    found = pick([_at_home(one) for one in own], held, stack.told, names=held)
    if found.missing:
        return bad("secrets", "\n".join(found.missing), "", USAGE)
    found = env.read(there)
    if found.missing:
        return bad("secrets", "\n".join(found.missing), "", ENVIRONMENT)
    if not wanted:
        return good("secrets", "none is named")
    sources = ", ".join(sorted({one.source for one in wanted}))
    return good("secrets", f"{len(wanted)} named, source {sources}")


def findings(session: Session, today: date, versions: Versions | None = None) -> Iterator[Finding]:
    """All that can be said of them without a value: whether they are there, how old they are, when they end."""
    yield present(session)
    wanted = named(session)
    doppler = [one for one in wanted if one.source == "doppler"]
    if doppler:
        yield _at_doppler(session, doppler)
    google = {one.name: one for one in wanted if one.source == "gcp"}
    known = (versions or _asked(session))(google) if google else {}
    for name, version in known.items():
        if version.trouble:
            yield bad(f"secret {name}", version.trouble, "")
    for one in wanted:
        since = known[one.name].made if one.name in known and known[one.name].made else one.said.rotated
        yield from ages(one, today, since)


def named(session: Session) -> list[Wanted]:
    """Every secret that the stack uses."""
    settings = session.settings
    return [settings.secrets.wanted(name) for name in settings.used_secrets]


def ages(one: Wanted, today: date, since: date | None) -> Iterator[Finding]:
    """What the calendar says of one. `since`: when its value was made, as far as anybody knows."""
    subject = f"secret {one.name}"
    if one.said.expires is not None:
        left = (one.said.expires - today).days
        if left < 0:
            yield bad(subject, f"expired on {one.said.expires}", _rotation(one))
        elif left <= EARLY:
            yield note(subject, f"expires on {one.said.expires}, in {left} days", _rotation(one))
    limit = one.said.max_age_days
    if limit is not None and since is not None and (age := (today - since).days) > limit:
        yield note(subject, f"is {age} days old, {limit} are allowed (max_age_days)", _rotation(one))


def _rotation(one: Wanted) -> str:
    """How this one gets a new value."""
    dates = [key for key in ("expires", "rotated") if getattr(one.said, key) is not None]
    then = f", then {' and '.join(dates)} in tandem:secrets names {one.name}" if dates else ""
    match one.source:
        case "env":
            return f"Give {one.key} a new value where it comes from{then}; `tandem up` makes the new release"
        case "doppler":
            return f"doppler secrets set {one.key}{then}; `tandem up` makes the new release"
        case "gcp" if not one.made:
            add = f"gcloud secrets versions add {one.key} --data-file=-"
            return f"{add}, then its number as tandem:secrets names {one.name} version{then and ', ' + dates[0]}"
        case _:
            key = f"{STACK_NAMESPACE}:{one.own_key}"
            return f"pulumi config set --secret {key}{then}; `tandem up` makes the new release"


def _at_home(one: Wanted) -> Wanted:
    return Wanted(one.name, one.source, one.own_key, one.said)


def _at_doppler(session: Session, wanted: list[Wanted]) -> Finding:
    from sources import doppler

    try:
        found = doppler.read(session.settings.secrets.doppler, wanted)
    except SourceError as error:
        return bad("secrets", str(error), "")
    return bad("secrets", "\n".join(found.missing), "") if found.missing else good("secrets", "Doppler has all of its")


def _asked(session: Session) -> Versions:
    def ask(wanted: Mapping[str, Wanted]) -> Mapping[str, Version]:
        from tandem.checks import google_secrets

        project = session.settings.google_project
        assert project is not None
        return google_secrets.versions(project, (session.stack.project, session.stack.stack), wanted)

    return ask
