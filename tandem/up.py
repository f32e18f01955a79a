"""`up`: the host as the stack file says it. The file is an order here, not a memory: the host's truth is only told.

But for what nobody wrote there: a flip by pointer, a switch that outlived its command, what has drained by now, and
what drains because this run replaces it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from config.rollout import COLOURS, Rollout, Slot
from tandem import drains, fingerprints, keeping, plans, receipts, revive, settle, sweep, update, verdict
from tandem.aftermath import truth_or_nothing
from tandem.checks import before
from tandem.cloud import downtime
from tandem.engines import Result
from tandem.exits import FailedRun
from tandem.hosts import arrival
from tandem.interrupt import deaf
from tandem.moves import app_line
from tandem.plans import Plan
from tandem.progress import Summary
from tandem.session import Session, as_entry
from tandem.stackfile import StackFile
from tandem.truth import Truth


def up(session: Session) -> None:
    """Makes it so. Raises Stop or FailedRun."""
    arrival.look(session)
    with session.alone("up"):
        file = StackFile.read(session.stack.file)
        if session.made:
            before.update(session)
        truth = session.truth()
        moved = moved_alone(session, truth)
        for line in update.differences(session.settings, truth, expected=moved):
            session.show.warn(line)
        if session.options.dry_run:
            update.preview(session)
            return
        truth = revive.revive(session, truth)
        planned = ordered(session, truth, moved)
        try:
            summary = run(session, file, planned, truth)
        except FailedRun:
            arrival.learn(session, good=False)
            raise
        arrival.learn(session, good=True)
        new = [plan.app for plan in planned if len(plan.after.draining) > len(plan.file.draining)]
        session.show.end(summary.then(removed(session, new)) if new else summary)


def machine_first(session: Session) -> None:
    """Makes the machine that its stack has not made yet: without one there is nobody to ask for images."""
    if session.kind == "gce" and not session.made and not session.options.dry_run:
        session.show.say("the machine is not there yet: first `tandem up`")
        up(session)


def moved_alone(session: Session, truth: Truth) -> frozenset[str]:
    """The apps whose host serves something else although nobody edited the file: a switch outlived its command."""
    unedited = fingerprints.unedited(session.folder, session.settings) & truth.ports
    return frozenset(app for app in unedited if plans.elsewhere(app, session.settings.rollout(app), truth))


def ordered(session: Session, truth: Truth, moved: Collection[str]) -> list[Plan]:
    """What the file orders for every app, with what it cannot know."""
    busy = drains.busy(session, truth)
    planned = [
        plans.as_ordered(session.settings, truth, app, busy, follows=app in moved) for app in session.settings.rollouts
    ]
    for plan in planned:
        if plan.adopted != plan.file:
            again = " again" if truth.route(plan.app).pointer else ""
            session.show.say(f"{plan.app}: {session.stack.file.name} follows the host: {plan.served} serves{again}")
    return keeping.keep(session, truth, planned, busy)


def removed(session: Session, apps: Sequence[str]) -> Summary:
    """The second run, after a release was replaced: it goes, unless streams hold it, or it is the way back for now."""
    nothing = Summary("up", session.engine.name, {}, 0.0)
    session.reread()
    truth = session.truth()
    watched = verdict.pending(session, {app: live for app in apps if (live := truth.route(app).live)})
    busy = drains.busy(session, truth, drains.PATIENCE)
    planned = [plans.as_ordered(session.settings, truth, app, busy) for app in apps if app not in watched]
    for app in watched:
        session.show.say(f"{app}: the former release stays until the verdict; `tandem up` removes it afterwards")
    for plan in planned:
        for line in drains.leftovers(session, plan.app, plan.after, truth):
            session.show.say(line)
    if all(plan.after == plan.file for plan in planned):
        return nothing
    return run(session, StackFile.read(session.stack.file), planned, truth)


def run(session: Session, file: StackFile, planned: Sequence[Plan], truth: Truth) -> Summary:
    """One run of the engine on the file with what was found out; after a failure the file is its author's again."""
    changed = {plan.app: plan.after for plan in planned if plan.after != plan.file}
    written = file
    if changed:
        session.check_rollouts(changed)
        written = file.write(file.with_rollouts({app: as_entry(value) for app, value in changed.items()}))
    try:
        result = update.run(session, "up", downtime.runner(session), truth)
    except FailedRun:
        with deaf():
            put_back(session, file, written, planned)
        raise
    settled = _settle(session, written, planned, result)
    fingerprints.save(session.folder, session.settings, settled)
    sweep.sweep(session, result)
    return _summary(session, result, settled)


def put_back(session: Session, file: StackFile, written: StackFile, planned: Sequence[Plan]) -> None:
    """The file as it was, but for what the host decided, and for what drains where traffic moved before the failure."""
    if written.text == file.text or not written.unchanged():
        return
    after = truth_or_nothing(session)
    moved = {plan.app for plan in planned if after.live(plan.app, plan.file) not in (None, plan.served)}
    wanted = {plan.app: plan.after if plan.app in moved else plan.adopted for plan in planned}
    entries = {plan.app: as_entry(wanted[plan.app]) for plan in planned if wanted[plan.app] != plan.file}
    written.write(file.with_rollouts(entries) if entries else file.text)


def _settle(session: Session, written: StackFile, planned: Sequence[Plan], result: Result) -> Mapping[str, Rollout]:
    """The rollouts as the run left them, written with the hashes it made."""
    rollouts = {plan.app: plan.after for plan in planned}
    if not written.unchanged():
        session.show.warn(f"{written.path.name} was edited meanwhile; its frozen hashes are left as they are")
        return rollouts
    settled = settle.freeze(written, rollouts, result)
    changed = [app for app, value in settled.items() if slots(value) != slots(rollouts[app])]
    if changed:
        session.show.say(
            f"{written.path.name}: frozen hashes of {', '.join(changed)} follow what runs, "
            "so that editing settings leaves the standby alone; no container changes by it"
        )
    return settled


def slots(rollout: Rollout) -> list[Slot | None]:
    """What is on the two colours."""
    return [rollout.slot(colour) for colour in COLOURS]


def _summary(session: Session, result: Result, now: Mapping[str, Rollout]) -> Summary:
    told = receipts.by_app(result.steps)
    live, endpoints = result.outputs.get("live", {}), result.outputs.get("endpoints", {})
    apps = [
        app_line(app, now.get(app, Rollout()), live.get(app), told.get(app), endpoints.get(app))
        for app in session.settings.apps
    ]
    return Summary("up", session.engine.name, result.counts, result.seconds, apps)
