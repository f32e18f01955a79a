"""`deploy`: start, prove, move the traffic, wait for the verdict; several apps together, all or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from config import rollout as moves
from config.rollout import Colour, MoveRefused, Rollout
from tandem.checks import predeploy
from tandem.moves import putback, settle, turns, up, verdict
from tandem.moves.plans import Plan, Seen, Turn
from tandem.moves.story import Done, Move, Undo, carry_out
from tandem.says.words import title
from tandem.stack.session import Session


@dataclass
class Deploy:
    """One deploy. `images`: app → digest or ID; `finalize`: keep no way back; `wait`: for the verdict."""

    session: Session
    images: Mapping[str, str]
    colour: Colour | None
    finalize: bool
    force: str | None
    wait: bool

    @property
    def title(self) -> str:
        """`deploy web, admin`."""
        return title("deploy", self.images)

    def run(self) -> None:
        """The whole story. Raises Stop or FailedRun."""
        done = self._together() if len(self.images) > 1 else self._alone()
        if done is None:
            return
        done = self._judged(done)
        done = self._tidied(done)
        turns.leftovers(self.session, done)
        self.session.show.end(done.summary)

    def _alone(self) -> Done | None:
        return carry_out(self.session, self._move(self._at_once))

    def _together(self) -> Done | None:
        """Everything is there and proved before the first of them gets traffic."""
        if self.session.options.dry_run:
            return carry_out(self.session, self._move(self._at_once))
        prepared = carry_out(self.session, self._move(self._prepared, idle=False))
        switched = carry_out(
            self.session, self._move(self._switched, undo=putback.put_back, lock_wait=verdict.LOCK_WAIT)
        )
        assert switched is not None
        if prepared is None:
            return switched
        return replace(switched, summary=prepared.summary.then(switched.summary))

    def _judged(self, done: Done) -> Done:
        """Waits for the verdict where there is one to come; a bad one ends the command with exit 7."""
        # A first release has nothing to go back to: it is watched, and nobody need wait for that.
        replaced = {plan.app for plan in done.planned if plan.served}
        watches = verdict.begun(self.session, done, replaced & done.moved.keys())
        left = [app for app, watch in watches.items() if watch.pending and not self.wait]
        if left:
            self.session.show.say(f"{', '.join(left)}: watched on; `tandem status` shows the verdict")
        releases = {app: done.moved[app] for app in watches.keys() - set(left)}
        if not releases:
            return done
        done, watches = verdict.await_all(self.session, self.title, done, releases)
        off = verdict.switched_off(self.session, watches)
        if off:
            putback.all_with(self.session, done.moved.keys() - off.keys(), off)
            verdict.follow(self.session, self.title, list(self.images), off, done.summary)
        return done

    def _tidied(self, done: Done) -> Done:
        """What is not to stay goes, unless somebody is still connected: the way back, or a replaced release."""
        over = [app for app, rollout in done.now.items() if app in self.images and self._is_over(app, rollout, done)]
        unjudged = verdict.pending(self.session, {app: done.moved[app] for app in over if app in done.moved})
        for app in unjudged:
            self.session.show.say(f"{app}: the former release stays until the verdict; next: tandem finalize {app}")
        ready = [app for app in over if app not in unjudged]
        if not ready:
            return done
        finalized = carry_out(self.session, self._last(ready))
        if finalized is None:
            return done
        return replace(done, summary=done.summary.then(finalized.summary), now=finalized.now)

    def _is_over(self, app: str, rollout: Rollout, done: Done) -> bool:
        # What served until now ends its ordinary requests in a moment. What lost its traffic earlier and still has
        # connections has streams: nobody waits for those.
        served = {plan.served for plan in done.planned if plan.app == app}
        replaced = served & {entry.release for entry in rollout.draining}
        return bool(replaced) or (self._keeps_nothing(app) and rollout.phase == "switched")

    def _last(self, apps: Sequence[str]) -> Move:
        """`finalize` for those that keep no way back; the others only lose what has drained."""
        giving_up = turns.finalizing(self.title, apps)

        def turn(app: str, rollout: Rollout, seen: Seen) -> Rollout:
            over = self._keeps_nothing(app) and rollout.phase == "switched"
            return giving_up.turn(app, rollout, seen) if over else rollout

        return Move(self.title, apps, turn, patience=giving_up.patience, idle=False, lock_wait=verdict.LOCK_WAIT)

    def _move(self, turn: Turn, *, idle: bool = True, undo: Undo | None = None, lock_wait: float | None = None) -> Move:
        return Move(
            self.title,
            list(self.images),
            turn,
            decided=self._remark,
            force=self.force,
            idle=idle,
            undo=undo,
            lock_wait=lock_wait,
        )

    def _at_once(self, app: str, rollout: Rollout, seen: Seen) -> Rollout:
        current = self._current(app, rollout)
        if serves_already(current, self.images[app], self.colour):
            return current
        # Without a port nobody is connected and nothing is judged: the old one goes in the same run.
        finalize = self._keeps_nothing(app) and self.session.settings.apps[app].port is None
        return moves.deploy(
            current, self.images[app], hashes=seen.hashes, colour=self.colour, finalize=finalize, busy=seen.busy
        )

    def _prepared(self, app: str, rollout: Rollout, seen: Seen) -> Rollout:
        """The first step of several apps together. Nothing serves beside an app's first release: it waits."""
        current = self._current(app, rollout)
        if current.phase == "empty" or serves_already(current, self.images[app], self.colour):
            return current
        if self.session.settings.apps[app].swap == "stop_first":
            raise MoveRefused(
                "swap: stop_first stops the old release before the new one is proved, so it cannot move together with "
                "others; next is a deploy of its own"
            )
        return moves.prepare(current, self.images[app], hashes=seen.hashes, colour=self.colour, busy=seen.busy)

    def _switched(self, app: str, rollout: Rollout, seen: Seen) -> Rollout:
        """The second step: what is prepared gets the traffic, and first releases start."""
        if rollout.phase == "empty":
            return moves.deploy(rollout, self.images[app], hashes=seen.hashes, colour=self.colour)
        if serves_already(self._current(app, rollout), self.images[app], self.colour):
            return self._current(app, rollout)
        return moves.switch(rollout, hashes=seen.hashes)

    def _current(self, app: str, rollout: Rollout) -> Rollout:
        """`rollout` with its live slot not frozen any more where its image serves and the settings give what serves."""
        slot = rollout.slot(rollout.live) if rollout.live else None
        if slot is None or slot.image != self.images[app] or slot.frozen is None:
            return rollout  # and no engine is asked, which takes a while where it is the CLI
        return settle.thawed(rollout, self._releases.get(app, {}))

    @cached_property
    def _releases(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.session.engine.outputs().get("releases", {})
        return found

    def _remark(self, planned: Sequence[Plan]) -> None:
        for plan in planned:
            section = self.session.settings.apps[plan.app]
            if serves_already(self._current(plan.app, plan.adopted), self.images[plan.app], self.colour):
                self.session.show.say(f"{plan.app}: {plan.adopted.live} serves this image already; nothing to swap")
            elif plan.adopted.live and section.swap == "stop_first":
                self.session.show.warn(
                    f"{plan.app} stops before its new release starts (swap: stop_first); it is away in between"
                )

    def _keeps_nothing(self, app: str) -> bool:
        """Whether no warm standby stays: --finalize, `standby: remove`, or only one release may run at a time."""
        section = self.session.settings.apps[app]
        return self.finalize or section.standby == "remove" or section.swap == "stop_first"


def deploy(
    session: Session,
    wanted: Mapping[str, str],
    *,
    colour: Colour | None = None,
    skip_pull: bool = False,
    finalize: bool = False,
    force: str | None = None,
    wait: bool = True,
) -> None:
    """Deploys an image per app. Raises Stop or FailedRun, exit code 7 after a bad verdict."""
    predeploy.check(session)
    up.machine_first(session)
    resolved = turns.resolve(session, wanted, skip_pull=skip_pull)
    Deploy(session, resolved, colour, finalize, force, wait).run()


def serves_already(rollout: Rollout, image: str, colour: Colour | None) -> bool:
    """Whether deploying `image` would change nothing: it is live, with today's settings, where it is wanted."""
    slot = rollout.slot(rollout.live) if rollout.live else None
    return slot is not None and slot.image == image and slot.frozen is None and colour in (None, rollout.live)
