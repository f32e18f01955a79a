"""The engine's side of the SDK: registrations in, answers out. No server, no sockets: the SDK calls these methods.

The SDK's remote interface is not public API, so `program` refuses any version but the one this was written against.
Methods are named as the SDK calls them. They come from the SDK's executor threads, several at once.
"""

from __future__ import annotations

from typing import Any, NoReturn

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from tandem.engines import Notice
from tandem.engines.offline import options
from tandem.engines.offline.deployment import FAILED, Answer, Deployment
from tandem.engines.offline.goal import STACK_TYPE, Named, goal, urn
from tandem.engines.offline.values import decode, encode

_FEATURES = [
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    # Announced so that the SDK passes these on and `options` can refuse them by name.
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
]


class Monitor:
    """Answers the SDK's resource calls for one run. `outputs` are the stack's, once the program has ended well."""

    def __init__(self, deployment: Deployment, project: str, stack: str) -> None:
        self.deployment = deployment
        self.outputs: dict[str, Any] = {}
        self._project = project
        self._stack = stack

    def GetDeploymentInfo(self, request: Any) -> resource_pb2.DeploymentInfo:  # noqa: ARG002, N802
        """What this engine can do."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        """One resource of the program. The stack and components only get their URN."""
        name = urn(self._project, self._stack, request.parent, request.type, request.name)
        try:
            answer = self._brought_about(request, name) if request.custom else self._grouped(request, name)
        except BaseException as error:  # noqa: BLE001 - the SDK would wait for ever; the engine raises it at the end
            self.deployment.progress.halt(error)
            answer = FAILED
        return _response(request, name, answer)

    def _grouped(self, request: Any, name: str) -> Answer:
        reason = options.refusal(request)
        if request.remote:
            reason = f"offline engine does not know remote components: {options.label(request)}"
        return self._refuse(request, name, reason) if reason else Answer(ok=True)

    def _brought_about(self, request: Any, name: str) -> Answer:
        if request.type not in self.deployment.steps.kinds:
            known = ", ".join(sorted(self.deployment.steps.kinds))
            return self._refuse(
                request, name, f"offline engine does not know the type of {options.label(request)}; it knows {known}"
            )
        reason = options.refusal(request)
        if reason:
            return self._refuse(request, name, reason)
        try:
            wanted = goal(request, name)
        except ValueError as error:
            return self._refuse(request, name, f"{options.label(request)}: {error}")
        return self.deployment.register(wanted)

    def _refuse(self, request: Any, name: str, reason: str) -> Answer:
        return self.deployment.refuse(Named(request.type, request.name, name), reason)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Outputs of the stack are kept; those of components have no reader here."""
        if f"::{STACK_TYPE}::" in request.urn:
            self.outputs = decode(request.outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> NoReturn:  # noqa: N802
        """Refused: a lookup would contact something, also in a preview."""
        raise RuntimeError(f"offline engine does not look things up ({request.tok})")

    Call = Invoke

    def ReadResource(self, request: Any) -> NoReturn:  # noqa: N802
        """Refused, as `Invoke` is."""
        raise RuntimeError(f"offline engine does not read resources it did not make: {options.label(request)}")

    def ExistsResource(self, request: Any) -> NoReturn:  # noqa: N802
        """Refused, as `Invoke` is."""
        raise RuntimeError(f"offline engine does not look things up ({request.type})")

    def RegisterPackage(self, request: Any) -> NoReturn:  # noqa: N802
        """Refused: parameterized packages."""
        raise RuntimeError(f"offline engine does not know the package {request.name}")

    def SignalAndWaitForShutdown(self, request: Any) -> empty_pb2.Empty:  # noqa: ARG002, N802
        """Deletes need nothing of the program, so it may end."""
        return empty_pb2.Empty()


class Log:
    """The SDK's other counterpart: `pulumi.log.*` becomes notices."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def Log(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """One line of the program."""
        match request.severity:
            case engine_pb2.INFO:
                self._say("info", request.message)
            case engine_pb2.WARNING:
                self._say("warning", request.message)
            case engine_pb2.ERROR:
                self._say("error", request.message)
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: Any) -> NoReturn:  # noqa: N802
        """Refused: there is no CLI whose version could be asked for."""
        raise RuntimeError(f"offline engine has no CLI version to compare with {request.pulumi_version_range}")

    def _say(self, severity: Any, message: str) -> None:
        self._deployment.progress.emit(Notice(severity, self._deployment.steps.sealer.masked(message)))


def _response(request: Any, name: str, answer: Answer) -> resource_pb2.RegisterResourceResponse:
    # A refused one is answered by unknowns: the program runs on quietly, and what depends on it is not started.
    if not answer.ok:
        return resource_pb2.RegisterResourceResponse(urn=name, result=resource_pb2.FAIL)
    outputs = struct_pb2.Struct()
    outputs.CopyFrom(request.object)
    for key, value in answer.outputs.items():
        outputs.fields[key].CopyFrom(encode(value))
    return resource_pb2.RegisterResourceResponse(urn=name, id=answer.id, object=outputs, unknown=answer.lost)
