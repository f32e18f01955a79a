"""A bucket's key that a plan takes away while a release may still sign with it. Pure.

Which key a release was made with, only the host knows; which releases may have another than the first of `keys`, the
stack file tells: those that are kept as they were made, and, where the first is new, everything that runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config import names
from config.settings import Settings
from config.slots import COLOURS
from config.storage import GcsStorage
from tandem.cloud import effects
from tandem.cloud.gate import Verdict
from tandem.engines import Step


def judge(plan: Sequence[Step], settings: Settings) -> Iterator[Verdict]:
    """Keys that would be deleted, each with who may sign with it."""
    made = {step.name for step in plan if step.operation == "create"}
    for step in plan:
        storage, between, _ = step.name.removeprefix("storage-").rpartition("-key-")
        section = settings.storage.get(storage)
        if step.type == effects.HMAC_KEY and step.operation == "delete" and isinstance(section, GcsStorage):
            first_is_new = f"storage-{storage}{between}{section.keys[0]}" in made
            if holders := tuple(_holders(settings, storage, everybody=first_is_new)):
                yield Verdict("delete", step, holders=holders)


def _holders(settings: Settings, storage: str, *, everybody: bool) -> Iterator[str]:
    for app, section in settings.apps.items():
        if storage not in section.storage:
            continue
        rollout = settings.rollout(app)
        for colour in COLOURS:
            slot = rollout.slot(colour)
            if slot and slot.frozen:
                yield names.container(app, names.release(colour, slot.frozen))
            elif slot and everybody:
                yield f"{colour} of {app}"
        yield from (names.container(app, entry.release) for entry in rollout.draining)
