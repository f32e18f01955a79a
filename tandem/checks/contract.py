"""`tandem check env`: what apps expect, where it comes from, and what is so in the container of the live release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.apps import App
from config.nearest import did_you_mean
from config.secret_files import path as file_of
from sources.found import SourceError
from tandem.checks import secrets
from tandem.checks.expects import Held, current, known, sources
from tandem.checks.finding import Finding, bad, good, note
from tandem.checks.variables import Row, rows
from tandem.docker import Container, DockerError, Image
from tandem.exits import environment, usage
from tandem.stack.session import Session

SCRIPT = "contract"
LIMIT = 60.0
"""Seconds for one container; the script's own limits are shorter."""


@dataclass(frozen=True)
class Word:
    """One word about a path in a container: `so` is yes, no or unknown; `found` what was there instead, or why not."""

    word: str
    path: str
    so: str
    found: str = ""


@dataclass(frozen=True)
class Seen:
    """What was seen in the live release's container. `variables`: name → whether it has a value. `why`: why nothing."""

    release: str = ""
    variables: Mapping[str, bool] = field(default_factory=dict)
    words: Sequence[Word] = ()
    why: str = ""


@dataclass(frozen=True)
class Looked:
    """One app's contract: every variable with what is wrong about it, every path, and what was seen."""

    app: str
    section: App
    rows: Sequence[Row]
    paths: Mapping[str, Finding]
    seen: Seen
    user: str = ""


def look(session: Session, name: str | None) -> Iterator[Looked]:
    """This app's contract, or all. Raises Stop (usage) where there is no such app."""
    wanted = chosen(session.settings.apps, name)
    held = {**known(session), **_at_doppler(session)} if wanted else {}
    for app, section in wanted.items():
        yield one(session, app, section, held)


def one(session: Session, app: str, section: App, held: Held) -> Looked:
    """One contract, with all that can be seen."""
    image = _image(session, app)
    expected = list(rows(sources(session, app, held, image)))
    files = [file_of(name) for row in expected if row.is_file for name in row.told]
    seen = _seen(session, app, section, files)
    paths = {path: _path(app, section, path, seen) for path in section.expects.paths}
    user = section.user or (image.user if image else "")
    return Looked(app, section, [_with_life(app, row, seen) for row in expected], paths, seen, user)


def chosen(apps: Mapping[str, App], name: str | None) -> dict[str, App]:
    """That app, or all with a contract. Raises Stop (usage) where there is none of that name."""
    if name is not None and name not in apps:
        hint = did_you_mean(name, apps) or f"there is: {', '.join(sorted(apps))}"
        raise usage(f"no app {name!r} in this stack; {hint}")
    contracts = {app: section for app, section in apps.items() if section.expects != type(section.expects)()}
    return {app: section for app, section in contracts.items() if name in (None, app)}


def broken(word: Word) -> str:
    """In words what is not as expected."""
    said = {
        "exists": "is not there",
        "absent": f"{word.found} is there and must not be",
        "mounted": "nothing that stays is mounted there" + (f": {word.found}" if word.found else ""),
        "unmounted": f"is on a mount: {word.found}",
        "writable": f"its user {word.found} cannot write there",
        "unwritable": f"its user {word.found} can write there",
    }
    return said.get(word.word) or f"belongs to {word.found}"


def read(said: str) -> list[Word]:
    """The host script's lines. Raises Stop for half of them."""
    lines = [line for line in said.splitlines() if line]
    if not lines or lines[-1] != "end":
        raise environment("the look into the container was cut off; try again")
    return [Word(*line.split("\t", 3)) for line in lines[:-1]]


def _path(app: str, section: App, path: str, seen: Seen) -> Finding:
    words = [word for word in seen.words if word.path == path]
    wrong = [broken(word) for word in words if word.so == "no"]
    unseen = [f"{word.word}: {word.found}" for word in words if word.so == "unknown"]
    subject = f"path {app} {path}"
    if wrong:
        remedy = f"Make it so in the image or by a volume, or correct apps.{app}.expects.paths"
        return bad(subject, "; ".join(wrong), remedy)
    if unseen or not words:
        return note(subject, f"not looked at: {'; '.join(unseen) or seen.why}")
    return good(subject, section.expects.paths[path].words)


def _at_doppler(session: Session) -> dict[str, bool | None]:
    wanted = [one for one in secrets.named(session) if one.source == "doppler"]
    if not wanted:
        return {}
    from sources import doppler

    try:
        found = doppler.read(session.settings.secrets.doppler, wanted)
    except SourceError as error:
        session.show.warn(f"Doppler was not asked: {error}")
        return {}
    return {one.name: one.name in found.values for one in wanted}


def _image(session: Session, app: str) -> Image | None:
    """An image of the app that follows today's settings, where the host's Docker has it."""
    if not session.made:
        return None
    try:
        found = [session.docker.image(image) for image in current(session.settings.rollout(app))]
    except DockerError:
        return None  # what looks into the container says why
    return next((image for image in found if image), None)


def _seen(session: Session, app: str, section: App, files: Sequence[str]) -> Seen:
    try:
        box = _live(session, app)
        if isinstance(box, str):
            return Seen(why=box)
        return Seen(box.release, session.docker.variables(box.name), _words(session, app, section, box, files))
    except DockerError as error:
        return Seen(why=str(error))


def _live(session: Session, app: str) -> Container | str:
    """The container of the live release, or why there is none."""
    if not session.made:
        return "the stack's machine is not made yet"
    truth = session.truth()
    release = truth.live(app, session.settings.rollout(app))
    box = truth.container(app, release) if release else None
    if box is None:
        return "no release is live yet"
    if box.state != "running":
        return f"{box.release} does not run"
    return box if session.host.has(SCRIPT) else "the host has older scripts; next: tandem up"


def _words(session: Session, app: str, section: App, box: Container, files: Sequence[str]) -> list[Word]:
    places = [*section.expects.places, *(f"exists {file}" for file in files)]
    lines = [f"container {box.name}", *(f"place {place}" for place in places), "end"]
    asked = session.host.script(SCRIPT, app, told="".join(f"{line}\n" for line in lines), limit=LIMIT)
    if asked.returncode != 0:
        raise environment(asked.stderr.strip() or f"{SCRIPT}: exit code {asked.returncode}")
    return read(asked.stdout)


def _with_life(app: str, row: Row, seen: Seen) -> Row:
    """The same, and what is wrong in the container, where one runs and nothing worse is known."""
    if not seen.release or row.level == "bad" or row.origin == "missing" or arrived(row, seen):
        return row
    remedy = f"It was made before the stack file said so: tandem deploy {app} IMAGE"
    return replace(row, level="bad", found=f"not in {seen.release}", remedy=remedy)


def arrived(row: Row, seen: Seen) -> bool:
    """Whether the container has it as it is told today: as a variable, or as a file that no variable hides."""
    if row.is_file:
        absent = {word.path for word in seen.words if word.so == "no"}
        return not any(file_of(name) in absent or name in seen.variables for name in row.told)
    return all(seen.variables.get(name) or (name in seen.variables and row.may_be_empty) for name in row.told)
