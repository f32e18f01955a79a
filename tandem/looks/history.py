"""What moved an app's traffic, when and how it went: the receipts and ledgers that the host keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tandem.exits import environment, refused, usage
from tandem.moves import deploys
from tandem.moves.plans import known
from tandem.says.summary import short_image
from tandem.says.tables import table
from tandem.stack.session import Session

LIMIT = 20.0
SHOWN = 20
"""Moves shown where nobody says how many."""

PLAIN = "pulumi up"
"""The command of an update that no `tandem` ran: the engine does not say who its user is."""

HEADER = ["WHEN", "WHO", "COMMIT", "APP", "KIND", "FROM", "TO", "IMAGE", "READY", "FLIP", "VERDICT", "REQUESTS"]
HEADER += ["FAILED", "STREAMS"]

Entry = Mapping[str, Any]
"""One receipt; `by`, `commit`, `command`, `run`: who asked for it; under `ledger` the final account of it, None where
there is none (yet)."""


def read(session: Session, apps: Sequence[str]) -> Sequence[Entry]:
    """The moves of these apps (none named: of all), newest first. Raises Stop when the host cannot tell."""
    for app in apps:
        known(session.settings, app)
    if not session.host.has("history"):
        return []
    said = session.host.script("history", *apps, limit=LIMIT)
    if said.returncode != 0:
        raise environment(f"history: {said.stderr.strip() or f'exit code {said.returncode}'}")
    return joined(said.stdout.splitlines())


def joined(lines: Iterable[str]) -> Sequence[Entry]:
    """`receipt {…}` and `ledger {…}` lines as receipts with their ledger, newest first.

    Left out are switches that moved nothing (a preparation), and half a line.
    """
    receipts: list[dict[str, Any]] = []
    ledgers: dict[tuple[Any, Any, Any], Any] = {}
    for line in lines:
        kind, _, text = line.partition(" ")
        try:
            said = json.loads(text)
        except ValueError:  # the last line of a full disk
            continue
        if kind == "receipt":
            receipts.append(said)
        elif kind == "ledger":
            ledgers[said["app"], said["id"], said.get("release")] = said
    moved = [said for said in receipts if said.get("moved", True) or said.get("kind") != "switch"]
    found = [
        {**said, **told_by(said), "ledger": ledgers.get((said["app"], said.get("id"), said.get("release")))}
        for said in moved
    ]
    return sorted(found, key=lambda said: str(said.get("at")))[::-1]


def told_by(said: Entry) -> dict[str, Any]:
    """Who asked for a move, with which command, from which commit, in which CI run; null is what nobody told.

    A receipt that names nobody is an update's that no `tandem` ran; before it could, receipts had no such field at all.
    """
    noted: Mapping[str, Any] = said.get("noted") or {}
    kind = said.get("kind") or "switch"
    unsaid = PLAIN if "noted" in said and kind in ("switch", "canary") else None
    return {
        "by": noted.get("by") or None,
        "commit": noted.get("commit") or None,
        "command": noted.get("what") or unsaid,
        "run": noted.get("run") or None,
    }


def releases(entries: Iterable[Entry]) -> dict[str, str]:
    """Release → image of all that ever served, the newest first."""
    found: dict[str, str] = {}
    for said in entries:
        if said.get("release") and said.get("image") and said.get("kind", "switch") != "pardon":
            found.setdefault(str(said["release"]), str(said["image"]))
    return found


def rollback_to(session: Session, app: str, wanted: str, *, force: str | None) -> None:
    """Deploys the image of an earlier release again. Raises Stop (refused) for one that never served here."""
    there = releases(read(session, [app]))
    image = found(wanted, there) or found(_resolved(session, wanted), there)
    if image is None:
        listed = "\n".join(f"  {release}  {short_image(name)}" for release, name in there.items()) or "  none"
        raise refused(f"{app}: {wanted} has never served here, so there is no way back to it; what has:\n{listed}")
    session.checked = False  # it served before; a way back does not wait for what is wrong with the checkout
    deploys.deploy(session, {app: image}, skip_pull=False, force=force)


def found(wanted: str, there: Mapping[str, str]) -> str | None:
    """The image meant by a release, its hash, or an image as it stands in the history."""
    for release, image in there.items():
        if wanted in (release, release.partition("-")[2], image, image.removeprefix("sha256:")[:12]):
            return image
    return None


def _resolved(session: Session, wanted: str) -> str:
    """The ID or a digest of a local image of that name; the word itself where there is none."""
    if not wanted or any(mark.isspace() for mark in wanted):
        raise usage(f"--to {wanted!r}: expected a release such as green-1a2b3c4d or an image such as demo:1")
    local = session.docker.image(wanted)
    return local.id if local else wanted


def of_run(entries: Iterable[Entry], run: str) -> list[Entry]:
    """The moves that one CI run asked for."""
    return [said for said in entries if run and said.get("run") == run]


def lines(entries: Sequence[Entry]) -> list[str]:
    """The history for people."""
    if not entries:
        return ["nothing has moved yet"]
    rows = [row(said) for said in entries]
    return table([HEADER, *rows]) + [f"! {line}" for said in entries for line in unknown(said)]


def markdown(entries: Sequence[Entry]) -> str:
    """The same as a page: a heading and a table for each move, for example for the summary of a CI job."""
    return "\n".join(receipt(said) for said in entries) or "Nothing was moved."


def receipt(said: Entry) -> str:
    """One move as markdown."""
    told = dict(zip(HEADER, row(said), strict=True))
    told["IMAGE"] = str(said.get("image") or "-")
    told |= {"RUN": str(said["run"])} if said.get("run") else {}
    names = {"READY": "ready in", "FLIP": "flip took", "REQUESTS": "requests before/during/after"}
    names |= {"FAILED": "failed at the gateway", "STREAMS": "streams kept/cut"}
    title = f"### {told.pop('APP')}: {told['TO']} ({told.pop('KIND')})"
    rows = [f"| {names.get(key, key.lower())} | {value.replace('|', '&#124;')} |" for key, value in told.items()]
    left = [f"- {line}" for line in unknown(said)]
    return "\n".join([title, "", "| | |", "|---|---|", *rows, *([""] if left else []), *left, ""])


def row(said: Entry) -> list[str]:
    """One move. REQUESTS: seen before/during/after; FAILED: at the gateway; STREAMS: kept/cut."""
    ledger: Mapping[str, Any] = said.get("ledger") or {}
    streams = ledger.get("streams") or {}
    counted = [(ledger.get(part) or {}).get("requests") for part in ("before", "during", "after")]
    return [
        str(said.get("at", "-")),
        who(said),
        short_commit(str(said.get("commit") or "-")),
        str(said["app"]),
        _kind(said),
        str(said.get("from") or "-"),
        short_image(str(said.get("release") or said.get("pardoned") or "-")),
        short_image(str(said["image"])) if said.get("image") else "-",
        _ms(said.get("ready_ms")),
        _ms(said.get("flip_ms")),
        str(ledger.get("verdict") or "-"),
        "/".join("-" if one is None else str(one) for one in counted) if ledger else "-",
        _or_dash(ledger.get("failed_at_gateway")),
        f"{_or_dash(streams.get('kept'))}/{_or_dash(streams.get('cut'))}" if streams else "-",
    ]


def who(said: Entry) -> str:
    """A person's name, a CI actor; the command where only that is known; `the host` where it acted by itself."""
    if said.get("by"):
        return str(said["by"]).partition(" <")[0]
    if said.get("kind") == "pardon" and said.get("who"):
        return str(said["who"])
    return str(said.get("command") or ("the host" if "noted" in said else "-"))


def short_commit(commit: str) -> str:
    """A commit for tables: ten digits, and its mark."""
    head, mark, rest = commit.partition("-")
    return f"{head[:10]}{mark}{rest}" if head else commit


def unknown(said: Entry) -> list[str]:
    """What the ledger of a move cannot know."""
    ledger: Mapping[str, Any] = said.get("ledger") or {}
    return [f"{said['app']} {said.get('at', '')}: unknown: {why}" for why in ledger.get("unknown") or ()]


def _kind(said: Entry) -> str:
    kind = str(said.get("kind") or "switch")
    return f"{kind} {said['canary']} %" if kind == "canary" and said.get("canary") is not None else kind


def _ms(value: Any) -> str:
    return "-" if value is None else f"{value} ms"


def _or_dash(value: Any) -> str:
    return "-" if value is None else str(value)
