"""After a kill: what the last run was about to do, looked up on the host and brought to an end.

Every effect leaves an intent before it begins. One that is still there at the start of a run was cut off:
create   the object is looked up by the exact name that was chosen beforehand. What one call makes is adopted, and a
         container that runs: it may serve, whatever the state knows. What is half made is removed and made again.
update   nothing to do: the record still holds the old inputs, so the update is done again.
delete   an object that is gone, or has stopped, is deleted to its end. One that still runs stays a normal resource:
         traffic may have come back to it since, and only its guard may say that it can go.
A record whose effect may have happened half is marked doubtful: declared again, it is made again.
"""

from __future__ import annotations

from dataclasses import replace

from tandem.engines.offline.resources.docker import DockerError
from tandem.engines.offline.resources.kind import StepError
from tandem.engines.offline.state import Intent, doubted
from tandem.engines.offline.steps import Steps, made_of


def reconcile(steps: Steps) -> None:
    """Settles every intent of a run that was cut off. Raises StepError when the host does not answer."""
    for intent in list(steps.state.intents.values()):
        try:
            _settle(steps, intent)
        except DockerError as error:
            raise StepError(
                f"the last run was cut off at {intent.record.name}, and looking it up failed: {error}"
            ) from error


def _settle(steps: Steps, intent: Intent) -> None:
    record = intent.record
    kind = steps.kinds[record.type]
    world = steps.worlds.of(record.provider)
    match intent.operation:
        case "create":
            found = kind.leftover(world, made_of(record), intent.physical, record.inputs)
            if found is None:
                steps.state.abandon(intent)
            else:
                adopted = replace(record, id=found.id, computed=dict(found.computed))
                # A record under the same name is the old object of a create-before-delete replacement.
                steps.state.end(intent, adopted, old=steps.state.records.get(record.urn))
        case "update":
            steps.state.abandon(intent)
        case "delete" if kind.is_gone(world, made_of(record), record.inputs):
            steps.state.end(intent, None)
        case "delete" if record.type.startswith("command:") and steps.state.records.get(record.urn) == record:
            steps.state.end(intent, doubted(record))
        case "delete":
            steps.state.abandon(intent)
