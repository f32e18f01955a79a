"""`tandem check storage`: does what an app was told of its storages work, where the app runs and with its own key?

It writes, reads, lists and deletes one object, or one file of a folder, by a script on the stack's host.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from config import names
from config.nearest import did_you_mean
from config.storage import DirectoryStorage, Storage
from config.storage_env import prefix
from tandem.checks import storage_words
from tandem.checks.finding import MARKS, Finding, bad, note
from tandem.checks.storage_words import STEPS, Answer
from tandem.docker import LOCAL
from tandem.docker import environment as without_stray_docker
from tandem.exits import environment, usage
from tandem.hosts.truth import Truth
from tandem.says.tables import columns
from tandem.stack.session import Session

FILES = Path(__file__).with_name("files")
LIMIT = 120.0
"""Seconds for one storage of one app: four requests of at most 20, and a shell."""


@dataclass(frozen=True)
class Looked:
    """A storage as one app has it; `app` is empty where none uses it. `answers`: step → what came of it."""

    storage: str
    kind: str
    app: str
    finding: Finding
    answers: Mapping[str, Answer] = field(default_factory=dict)


def look(session: Session, name: str | None) -> Iterator[Looked]:
    """One after the other: this storage, or all. Raises Stop where there is none, or no machine yet."""
    wanted = chosen(session.settings.storage, name)
    if not session.made:
        raise environment("the stack's machine is not made yet, so nothing uses a storage; next: tandem up")
    truth = session.truth()
    for storage, section in wanted.items():
        users = [app for app, said in session.settings.apps.items() if storage in said.storage]
        for app in users:
            yield one(session, truth, storage, section, app)
        if not users:
            finding = note(_subject(storage), "no app uses it", f"Name it in one: `storage: [{storage}]`")
            yield Looked(storage, section.kind, "", finding)


def findings(session: Session) -> Iterator[Finding]:
    """For `tandem check`: each storage of each app that serves. Where backups are only added to, nothing is added."""
    truth = session.truth()
    for app, section in session.settings.apps.items():
        for storage in section.storage:
            said = session.settings.storage[storage]
            if truth.live(app, session.settings.rollout(app)) is None:
                yield note(_subject(storage), f"not looked at: {app} has no live release yet")
            elif getattr(said, "purpose", "") == "backups":
                yield note(_subject(storage), f"not looked at, as each look would stay: tandem check storage {storage}")
            else:
                found = one(session, truth, storage, said, app).finding
                yield replace(found, found=f"{app}: {found.found or ', '.join(STEPS) + ' by its own key'}")


def chosen(sections: Mapping[str, Storage], name: str | None) -> Mapping[str, Storage]:
    """That storage, or all. Raises Stop (usage) where there is none."""
    if not sections:
        raise usage("this stack has no storage; docs/storage.md shows what to write under tandem:storage")
    if name is None:
        return sections
    if name not in sections:
        hint = did_you_mean(name, sections) or f"there is: {', '.join(sorted(sections))}"
        raise usage(f"no storage {name!r} under tandem:storage; {hint}")
    return {name: sections[name]}


def one(session: Session, truth: Truth, storage: str, section: Storage, app: str) -> Looked:
    """What the live release of one app can do with one storage."""
    release = truth.live(app, session.settings.rollout(app))
    boxes = [box for box in truth.of_app(app) if box.release == release]
    if not boxes:
        nothing = bad(_subject(storage), f"{app} has no live release", f"Deploy it first: tandem deploy {app} IMAGE")
        return Looked(storage, section.kind, app, nothing)
    if isinstance(section, DirectoryStorage):
        words = ["folder", boxes[0].name, prefix(storage), session.settings.images.gateway]
    else:
        gateway = names.gateway(session.stack.project, session.stack.stack)
        words = ["bucket", boxes[0].name, prefix(storage), gateway]
    answers = read(_on_host(session, words))
    level, found, remedy = storage_words.judge(storage, section, app, answers)
    return Looked(storage, section.kind, app, Finding(_subject(storage), level, found, remedy), answers)


def read(said: str) -> dict[str, Answer]:
    """The script's lines: step, what came of it, why; tabs between."""
    rows = [line.split("\t") for line in said.splitlines() if "\t" in line]
    return {row[0]: Answer(row[1], "\t".join(row[2:])) for row in rows}


def lines(looked: Sequence[Looked]) -> Iterator[str]:
    """One table, and below it what to do."""
    yield from columns(
        [["", "storage", "kind", "app", *STEPS, ""]]
        + [
            [MARKS[one.finding.level], one.storage, one.kind, one.app or "-", *_cells(one), one.finding.found]
            for one in looked
        ]
    )
    for one in looked:
        if one.finding.remedy:
            yield f"→ {one.storage}{f' of {one.app}' if one.app else ''}: {one.finding.remedy}"


def as_json(looked: Looked) -> dict[str, Any]:
    """As `tandem check --json` says a finding, and what came of each step."""
    finding = looked.finding
    return {
        "check": finding.subject,
        "level": finding.level,
        "found": finding.found,
        "remedy": finding.remedy,
        "storage": looked.storage,
        "kind": looked.kind,
        "app": looked.app or None,
        "steps": {step: answer.told for step, answer in looked.answers.items() if step in STEPS},
    }


def _cells(looked: Looked) -> list[str]:
    return [looked.answers[step].short if step in looked.answers else "-" for step in STEPS]


def _subject(storage: str) -> str:
    return f"storage {storage}"


def _on_host(session: Session, words: Sequence[str]) -> str:
    """Runs one of our scripts there. No key is among the words: the script takes it from the container."""
    argv = ["sh", "-c", _text(words[0]), *words]
    if session.link is not None:
        done = session.link.run(shlex.join(argv), limit=LIMIT)
        code, out, err = done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    else:
        code, out, err = _here(argv)
    if code != 0:
        raise environment(f"the check could not be run on the host: {err.strip() or f'exit code {code}'}")
    return out


def _here(argv: Sequence[str]) -> tuple[int, str, str]:
    env = {**without_stray_docker(), "DOCKER_HOST": LOCAL}
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, errors="replace", timeout=LIMIT, env=env,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise environment(f"the storage did not answer within {LIMIT:g} s") from None
    return done.returncode, done.stdout, done.stderr


@cache
def _text(script: str) -> str:
    return (FILES / script).read_text(encoding="utf-8")
