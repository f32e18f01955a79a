"""`rollback --now`: the release that stands by gets all traffic, by pointer, on the host alone.

No engine, no state, no lock of the command: it must work while a deploy hangs and where the state is out of reach.
The gateway is found by its labels. The stack file follows afterwards where nobody is at work on it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict

from config import names
from tandem.checkout.commit_words import outcomes
from tandem.docker import Container
from tandem.exits import FAILED, REFUSED, FailedRun, Stop, environment
from tandem.locks.holder import me
from tandem.moves import plans, receipts
from tandem.moves.receipts import Receipt
from tandem.moves.story import app_line
from tandem.says.summary import AppLine, Summary
from tandem.says.words import title
from tandem.stack.session import Session, as_entry
from tandem.stack.stackfile import StackFile

BACK = "/gw/current/bin/back"
BACK_LIMIT = 20.0
NOT_NOW = 75
"""How `bin/back` says that nothing is warm, or that it serves already."""


def rollback(session: Session, apps: Sequence[str]) -> None:
    """Flips every app; one that has nothing warm does not stop the others. Raises FailedRun when one stays."""
    session.show.end(flip(session, apps, title("rollback --now", apps)))


def flip(session: Session, apps: Sequence[str], words: str) -> Summary:
    """The same, and what there is to say of it."""
    began = time.monotonic()
    gateway = find_gateway(session)
    by = me(words, session.author)
    why = f"rollback --now by {by.user}@{by.host}"
    flipped: dict[str, Receipt] = {}
    refusals: list[tuple[str, int]] = []
    for app in dict.fromkeys(apps):
        said = session.docker.execute(gateway.id, BACK, app, why, json.dumps(asdict(by)), limit=BACK_LIMIT)
        receipt = next((found for line in said.stdout.splitlines() if (found := receipts.read(line))), None)
        if said.returncode == 0 and receipt is not None:
            flipped[app] = receipt
            session.show.say(told(app, receipt))
        else:
            refusals.append(refusal(app, said.returncode, said.stderr.strip()))
    after = follow(session, list(flipped)) if flipped else []
    told_words = f"{len(flipped)} of {len(dict.fromkeys(apps))} flipped"
    summary = Summary(words, "none", {}, time.monotonic() - began, after, words=told_words)
    if refusals:
        code = REFUSED if all(code == REFUSED for _, code in refusals) else FAILED
        raise FailedRun("\n".join(line for line, _ in refusals), code, summary)
    return summary


def told(app: str, receipt: Receipt) -> str:
    """What a flip did; the flip that ends a canary leaves the live release where it was."""
    took = f" ({receipt.total_ms} ms on the host)" if receipt.total_ms is not None else ""
    if receipt.previous in (None, receipt.release):
        return f"{app}: {receipt.release} gets all traffic again, its canary is barred{took}"
    return f"{app}: {receipt.release} serves again, {receipt.previous} is barred{took}"


def find_gateway(session: Session) -> Container:
    """The stack's gateway, by its labels. Raises Stop when none runs."""
    boxes = session.docker.containers({**session.labels, names.LABEL_ROLE: "gateway"})
    running = next((box for box in boxes if box.role == "gateway" and box.state == "running"), None)
    if running is None:
        there = f"there is {boxes[0].name} ({boxes[0].state})" if boxes else "there is none"
        raise environment(
            f"no gateway of {session.somewhere.project}-{session.somewhere.stack} runs ({there}), "
            f"so nothing was changed; `tandem up` starts it"
        )
    return running


def refusal(app: str, code: int, said: str) -> tuple[str, int]:
    """What to say of an app that was not flipped, and the exit code: it is no failure that nothing stands by."""
    if code != NOT_NOW:
        return f"{app}: {said or f'the gateway ended with code {code}'}", FAILED
    possible = f"possible is: tandem rollback {app}, or tandem rollback {app} --to one of `tandem history {app}`"
    return f"{said or f'{app}: nothing stands by'}; {possible}", REFUSED


def follow(session: Session, apps: Sequence[str]) -> list[AppLine]:
    """The stack file says what the host serves now. Where it cannot, that is said, and `tandem up` does it later."""
    try:
        with session.alone("rollback --now", engine=False):
            file = StackFile.read(session.stack.file)
            truth = session.truth()
            known = [app for app in apps if app in session.settings.apps]
            now = {app: plans.adopt(app, session.settings.rollout(app), truth) for app in known}
            session.check_rollouts(now)
            file.write(file.with_rollouts({app: as_entry(rollout) for app, rollout in now.items()}))
            lines = [app_line(app, rollout, truth.live(app, rollout)) for app, rollout in now.items()]
            session.commits.settle(title("rollback --now", apps), outcomes(lines))
            return lines
    except Stop as stop:
        session.show.warn(f"the stack file does not follow yet: {stop}\n`tandem up` makes it follow")
        return []
