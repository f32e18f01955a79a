"""The last part of a run: what has to go, dependents before dependencies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from tandem.engines.offline.foreseen import doomed
from tandem.engines.offline.order import waves
from tandem.engines.offline.progress import Progress
from tandem.engines.offline.resources.kind import StepError
from tandem.engines.offline.state import Record
from tandem.engines.offline.steps import Steps

PARALLEL = 8


class Deletion:
    """Deletes records in waves; those of one wave at the same time. After a failure nothing new starts."""

    def __init__(self, steps: Steps, progress: Progress, *, dry: bool, counted: Callable[[Record], bool]) -> None:
        self._steps = steps
        self._progress = progress
        self._dry = dry
        self._counted = counted

    def run(self, doomed: Iterable[Record]) -> None:
        """Deletes them all, or none when one is protected. Failures are the progress's, not exceptions."""
        chosen = list(doomed)
        self._refuse_protected(chosen)
        if self._progress.stopped or not chosen:
            return
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="tandem-delete") as pool:
            try:
                for wave in waves(chosen):
                    # list(): whatever ends one of them for good (a kill, Ctrl-C) comes out here.
                    list(pool.map(self._delete, wave))
            except BaseException as error:
                self._progress.halt(error)
                raise

    def _refuse_protected(self, chosen: list[Record]) -> None:
        for record in chosen:
            if record.protect:
                message = f"{record.name} is protected; take the protection off, run an update, then delete it"
                self._progress.fail("delete", record, time.monotonic(), message)

    def _delete(self, record: Record) -> None:
        if self._progress.stopped:
            return
        if self._dry:
            if self._counted(record):
                self._progress.foresee(doomed(record))
            self._progress.succeed("delete", record, time.monotonic(), counted=self._counted(record))
            return
        began = self._progress.start("delete", record)
        try:
            self._steps.delete(record)
        except StepError as error:
            self._progress.fail("delete", record, began, str(error))
            return
        self._progress.succeed("delete", record, began, counted=self._counted(record))
