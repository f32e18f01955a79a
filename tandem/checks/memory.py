"""Is there memory for what is to run at once? What drains keeps its container, so three generations may add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.rollout import COLOURS
from tandem.checks.finding import Finding, good, note
from tandem.exits import environment
from tandem.hosts.truth import Truth
from tandem.moves.plans import Plan
from tandem.stack.session import Session

MIB = 1 << 20


def check(session: Session, planned: Sequence[Plan], truth: Truth, info: Mapping[str, Any]) -> None:
    """Raises Stop (environment) when a new release does not fit beside what drains, and would without it."""
    leaving = {(plan.app, entry.release) for plan in planned for entry in plan.after.draining}
    new = {plan.app: session.settings.apps[plan.app].memory * MIB * made(plan) for plan in planned}
    there = int(info.get("MemTotal") or 0)
    if not (leaving and sum(new.values()) and there):
        return
    boxes = [box for box in truth.containers if box.state == "running"]
    limits = session.docker.memory_limits([box.id for box in boxes])
    draining = sum(limits.get(box.id, 0) for box in boxes if (box.app, box.release) in leaving)
    wanted = sum(limits.values()) + sum(new.values())
    if wanted - draining <= there < wanted:
        named = ", ".join(f"{box.app} {box.release}" for box in boxes if (box.app, box.release) in leaving)
        raise environment(refusal(wanted, sum(new.values()), there, f"{draining // MIB} MiB of it is for {named}"))


def made(plan: Plan) -> int:
    """How many containers a plan may add: slots whose release the run is to make."""
    return sum(1 for colour in COLOURS if plan.after.slot(colour) and plan.hash8(colour) is None)


def refusal(wanted: int, new: int, there: int, draining: str) -> str:
    """The numbers and the way out."""
    return (
        f"memory: with the new release ({new // MIB} MiB) this stack's containers may use {wanted // MIB} MiB, "
        f"and this machine has {there // MIB} MiB; {draining}, which still drains\n"
        f"Wait until that has drained (`tandem status` says when at the latest), or lower `memory` or `drain_limit`"
    )


def room(session: Session, info: Mapping[str, Any]) -> Finding:
    """The limits of the stack's running containers against the machine's memory."""
    there = int(info.get("MemTotal") or 0)
    boxes = [box for box in session.docker.containers(session.labels) if box.state == "running"]
    used = sum(session.docker.memory_limits([box.id for box in boxes]).values())
    found = f"this stack's {len(boxes)} running containers may use {used // MIB} of {there // MIB} MiB"
    if used <= there or not there:
        return good("memory", found)
    return note("memory", found, "Lower `memory` of some apps, or let what drains end before the next deploy")
