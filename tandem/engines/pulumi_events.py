"""From the engine's JSON event stream (`pulumi … --json`) to the events of `tandem.engines`.

The stream is one `apitype.EngineEvent` a line; what people see of an error is cut out of the provider's long text here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from tandem.engines import Notice, OnEvent, Operation, Result, StepDone, StepFailed, StepStarted
from tandem.engines.pulumi_plan import Plan

_OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "discard": "delete",
    "delete-replaced": "delete",
    "discard-replaced": "delete",
    "create-replacement": "replace",
    "import-replacement": "replace",
    "replace": "replace",
    "same": "same",
}
_STACK = "pulumi:pulumi:Stack"
_COMMAND = "command:"
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105  (the wire mark of a special value, the same in every program)
# `exit status 70: running "timeout 60 …":` and then what the script said.
_COMMAND_ERROR = re.compile(
    r"^.*?(?P<end>exit status \d+|signal: [a-z ]+): running \".*?\":\n?(?P<said>.*)\Z", re.DOTALL
)
_WRAPPING = re.compile(r"\A(?:\S*:\s*)?\d+ errors? occurred:\s*\*\s*", re.MULTILINE)
# Of what is protected, and of what another resource would take along.
_REFUSED = re.compile(
    r'unable to replace resource "(?P<urn>[^"]+)"\s+(?:as part of replacing "(?P<along>[^"]+)"\s+)?as it is'
    r"|resource \"(?P<deleted>[^\"]+)\"\s+cannot be deleted\s+because it is protected"
)
_SAYS_NOTHING = re.compile(r"(update|preview|destroy) (failed|canceled)|an unhandled error occurred: program exited .*")


class Stream:
    """Follows one run. Feed it the parsed lines; ask it for the result afterwards."""

    def __init__(self, on_event: OnEvent) -> None:
        self.tell = on_event
        self.began = time.monotonic()
        self.started: dict[str, tuple[float, StepStarted]] = {}
        self.steps: list[StepDone] = []
        self.failures: list[StepFailed] = []
        self.counts: dict[Operation, int] = {}
        self.outputs: Mapping[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        self.protects: dict[str, set[str]] = {}
        self.plan = Plan()

    def feed(self, event: Mapping[str, Any]) -> None:
        """One engine event."""
        if "resourcePreEvent" in event:
            self._pre(event["resourcePreEvent"]["metadata"])
        elif "resOutputsEvent" in event:
            self._done(event["resOutputsEvent"]["metadata"])
        elif "resOpFailedEvent" in event:
            self._failed(event["resOpFailedEvent"]["metadata"])
        elif "diagnosticEvent" in event:
            self._diagnostic(event["diagnosticEvent"])
        elif "summaryEvent" in event:
            self._summary(event["summaryEvent"])

    def result(self) -> Result:
        """What happened so far."""
        counts = self.counts or _counted(self.steps)
        seconds = time.monotonic() - self.began
        return Result(counts, self.outputs, seconds, tuple(self.steps), self.plan.steps())

    def finish(self) -> None:
        """Tell the failures whose step never ended in the stream."""
        for urn, messages in list(self.errors.items()):
            if urn and _STACK not in urn and not any(failure.urn == urn for failure in self.failures):
                self._report(urn, messages)

    def message(self) -> str:
        """Why the run failed, for people."""
        if self.failures:
            return "\n".join(f"{failure.name}: {failure.message}" for failure in self.failures)
        said = [message for messages in self.errors.values() for message in messages]
        return "\n".join(said) or "the engine stopped without saying why"

    def _pre(self, metadata: Mapping[str, Any]) -> None:
        operation = _OPERATIONS.get(metadata["op"])
        if operation is None:
            return
        self.plan.note(operation, metadata)
        step = StepStarted(operation, metadata["type"], _name(metadata["urn"]), metadata["urn"])
        self.started[metadata["urn"]] = (time.monotonic(), step)
        if operation != "same":
            self.tell(step)

    def _done(self, metadata: Mapping[str, Any]) -> None:
        urn, new = metadata["urn"], metadata.get("new") or {}
        if metadata["type"] == _STACK:
            self.outputs = masked(new.get("outputs") or {}) or self.outputs
        operation = _OPERATIONS.get(metadata["op"])
        if operation is None:
            return
        began, _ = self.started.pop(urn, (time.monotonic(), None))
        ran = operation != "same" and metadata["type"].startswith(_COMMAND)
        detail = _stdout(new.get("outputs") or {}) if ran else ""
        done = StepDone(operation, metadata["type"], _name(urn), urn, time.monotonic() - began, detail)
        self.steps.append(done)
        self.tell(done)

    def _failed(self, metadata: Mapping[str, Any]) -> None:
        if metadata["urn"] in self.errors:
            self._report(metadata["urn"], self.errors[metadata["urn"]])

    def _report(self, urn: str, messages: list[str]) -> None:
        if any(failure.urn == urn for failure in self.failures):
            return
        began, step = self.started.get(urn, (time.monotonic(), None))
        failure = StepFailed(
            step.operation if step else "update",
            step.type if step else urn.split("::")[2].rpartition("$")[2],
            _name(urn),
            urn,
            time.monotonic() - began,
            "\n".join(messages),
            tuple(sorted(self.protects.get(urn, ()))),
        )
        self.failures.append(failure)
        self.tell(failure)

    def _diagnostic(self, said: Mapping[str, Any]) -> None:
        severity, message = said.get("severity", "info"), said.get("message", "").strip()
        if severity == "debug" or not message or said.get("ephemeral"):
            return
        if severity == "info#err" and (self.failures or self.errors):
            return  # the program was interrupted after a failed step, and its SDK prints a traceback of that
        if severity == "error":
            if refused := _REFUSED.search(message):
                self._refused(said.get("urn") or "", refused)
            if not _SAYS_NOTHING.fullmatch(message):
                self.errors.setdefault(said.get("urn") or "", []).append(for_people(message))
        elif severity == "warning":
            self.tell(Notice("warning", message))
        elif not said.get("urn", "") or _STACK in said["urn"]:
            self.tell(Notice("info", message))

    def _refused(self, urn: str, found: re.Match[str]) -> None:
        self.protects.setdefault(urn, set()).add(found["urn"] or found["deleted"])
        if found["urn"]:
            self.plan.refuse(found["urn"], found["along"])

    def _summary(self, said: Mapping[str, Any]) -> None:
        counts: dict[Operation, int] = {}
        for operation, count in (said.get("resourceChanges") or {}).items():
            mapped = _OPERATIONS.get(operation)
            if mapped:
                counts[mapped] = counts.get(mapped, 0) + count
        self.counts = counts


def for_people(message: str) -> str:
    """A provider's error without the command's whole text: what the script said, or the message, in our words."""
    text = _WRAPPING.sub("", message).strip()
    found = _COMMAND_ERROR.match(text)
    if found:
        said = found["said"].strip()
        return said or f"the command ended with {found['end']} and said nothing"
    from tandem.cloud.errors import explain  # a run that ends well does without

    return explain(text) or text


def masked(value: Any) -> Any:
    """Outputs with `[secret]` in place of every secret."""
    if isinstance(value, Mapping):
        if _SECRET in value:
            return "[secret]"
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _stdout(outputs: Mapping[str, Any]) -> str:
    stdout = outputs.get("stdout")
    return stdout.strip() if isinstance(stdout, str) else ""


def _counted(steps: list[StepDone]) -> dict[Operation, int]:
    counts: dict[Operation, int] = {}
    for step in steps:
        counts[step.operation] = counts.get(step.operation, 0) + 1
    return counts
