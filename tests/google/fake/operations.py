"""Long-running operations: compute's own kind, and the one of all other APIs."""

from __future__ import annotations

from tests.google.documents import Json
from tests.google.fake.call import Call, serves
from tests.google.fake.errors import not_found
from tests.google.fake.world import now


def started(call: Call, target: str, *, kind: str = "") -> Json:
    """The operation of a compute call, done at once unless the world wants it polled, or failed."""
    project, scope = _scope(call.path)
    name = f"operation-{call.world.number()}"
    polls, call.world.polls = call.world.polls, 0
    path = f"{project}/{scope}/operations/{name}"
    operation: Json = {
        "kind": "compute#operation",
        "id": call.world.number(),
        "name": name,
        "operationType": kind or call.method.word,
        "status": "RUNNING" if polls else "DONE",
        "progress": 100,
        "insertTime": now(),
        "targetLink": f"{call.base}/compute/v1/{target}",
        "selfLink": f"{call.base}/compute/v1/{path}",
    }
    word, _, where = scope.partition("/")
    if where:
        operation[word.removesuffix("s")] = f"{call.base}/compute/v1/{project}/{scope}"
    if call.fault:
        failed = {"code": call.fault.reason, "message": call.fault.message}
        operation |= {"error": {"errors": [failed]}, "httpErrorStatusCode": call.fault.code}
    call.world.operations[path] = {**operation, "polls": polls}
    return operation


def _scope(path: str) -> tuple[str, str]:
    parts = path.split("/")
    return "/".join(parts[:2]), "global" if parts[2] == "global" else "/".join(parts[2:4])


@serves(
    *(f"compute.{scope}Operations.{word}" for scope in ("zone", "region", "global") for word in ("get", "wait")),
    "iam.projects.locations.workloadIdentityPools.operations.get",
    "iam.projects.locations.workloadIdentityPools.providers.operations.get",
)
def ask(call: Call) -> Json:
    """An operation, one poll nearer to its end."""
    operation = call.world.operations.get(call.path.removesuffix("/wait"))
    if operation is None:
        raise not_found(call.path)
    left = operation.get("polls", 0)
    if left:
        operation["polls"] = left - 1
    elif operation.get("status") == "RUNNING":
        operation["status"] = "DONE"
    return {name: value for name, value in operation.items() if name != "polls"}
