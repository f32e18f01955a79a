"""`up`: the host as the stack file says it. The file is an order here, not a memory: the host's truth is only told.

But for what nobody wrote there: a flip by pointer, a switch that outlived its command, what has drained by now, and
what drains because this run replaces it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from config.rollout import COLOURS, Rollout, Slot
from tandem.checkout.commit_words import outcomes, wishes
from tandem.checkout.commits import steadily
from tandem.checks import before, expects, images
from tandem.cloud import beforehand, downtime
from tandem.engines import Result
from tandem.exits import FailedRun
from tandem.hosts import arrival, edited
from tandem.hosts.truth import Truth
from tandem.moves import drains, fingerprints, keeping, missing, plans, receipts, revive, settle, sweep, update, verdict
from tandem.moves.aftermath import truth_or_nothing
from tandem.moves.plans import Plan
from tandem.moves.story import app_line, settle_failed
from tandem.says.interrupt import deaf
from tandem.says.summary import Summary
from tandem.stack.session import Session, as_entry
from tandem.stack.stackfile import StackFile


def up(session: Session, allow: Collection[str] = (), *, refresh: bool = False) -> None:
    """Makes it so, where the gate lets it; `allow`: URNs or names that it is to let pass. Raises Stop or FailedRun.

    `refresh`: the engine looks first at what is really there, and edited files of ours on the host are installed anew.
    """
    arrival.look(session)
    with session.alone("up"):
        session.engine.fresh = refresh
        for line in edited.look(session.host, session.engine) if refresh else ():
            session.show.warn(f"{line}; installed anew")
        steadily(session.reread, lambda: _up(session, allow))


def _up(session: Session, allow: Collection[str]) -> None:
    file = StackFile.read(session.stack.file)
    info = before.update(session) if session.made else {}
    truth = session.truth()
    moved = moved_alone(session, truth)
    for line in update.differences(session.settings, truth, expected=moved):
        session.show.warn(line)
    if session.options.dry_run:
        update.preview(session, allow)
        return
    beforehand.ask(session, "up", allow)
    truth = revive.revive(session, truth)
    missing.look(session, truth)
    planned = ordered(session, truth, moved)
    if session.made:
        expects.check(session, planned)
    if session.made and session.checked:
        images.check(session, planned, truth, info)
    try:
        summary = run(session, file, planned, truth)
    except FailedRun as failed:
        arrival.learn(session, good=False)
        unsaid = settle_failed(session, "up", failed.summary)
        raise FailedRun("\n".join([str(failed), *unsaid]), failed.code, failed.summary) from None
    arrival.learn(session, good=True)
    session.commits.settle("up", outcomes(summary.apps))
    new = [plan.app for plan in planned if len(plan.after.draining) > len(plan.file.draining)]
    if new:
        summary = summary.then(removed(session, new))
        session.commits.settle("up", outcomes(summary.apps))
    session.show.end(summary)


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
        session.commits.intend("up", list(changed), wishes(planned))
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
