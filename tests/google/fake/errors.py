"""What Google answers when something goes wrong, in its own words."""

from __future__ import annotations

from dataclasses import dataclass

from tests.google.documents import Json

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
_STATUS_OF_REASON = {"failedPrecondition": "FAILED_PRECONDITION", "aborted": "ABORTED"}


@dataclass(frozen=True)
class GoogleError(Exception):
    """An error answer. `late`: the call is taken, and its operation ends with the error (compute only)."""

    code: int
    reason: str
    message: str
    late: bool = False

    def body(self) -> Json:
        """The JSON of the answer."""
        inner = {"message": self.message, "domain": "global", "reason": self.reason}
        status = _STATUS_OF_REASON.get(self.reason) or _STATUS.get(self.code, "INTERNAL")
        return {"error": {"code": self.code, "message": self.message, "status": status, "errors": [inner]}}


def not_found(path: str) -> GoogleError:
    """Nothing is there."""
    return GoogleError(404, "notFound", f"The resource '{path}' was not found")


def exists(path: str) -> GoogleError:
    """Something is there already."""
    return GoogleError(409, "alreadyExists", f"The resource '{path}' already exists")


def invalid(message: str) -> GoogleError:
    """A request that cannot be meant."""
    return GoogleError(400, "invalid", message)


def in_use(path: str, by: str) -> GoogleError:
    """Something else needs it."""
    message = f"The resource '{path}' is already being used by '{by}'"
    return GoogleError(400, "resourceInUseByAnotherResource", message)


def stale(what: str) -> GoogleError:
    """Somebody else has written since it was read."""
    return GoogleError(412, "conditionNotMet", f"{what} fingerprint either invalid or resource has changed")


def missing_method(said: str) -> GoogleError:
    """The documents have no such method, or nobody has taught the fake to answer it."""
    return GoogleError(501, "notImplemented", f"the fake does not know: {said}")


def denied(permission: str, path: str) -> GoogleError:
    """Whoever asks has no right to it; the newer APIs do not say whether it is there."""
    message = f"Permission '{permission}' denied for resource '{path}' (or it may not exist)."
    return GoogleError(403, "forbidden", message)


# What tests inject.


def quota(metric: str = "CPUS", limit: str = "8.0", region: str = "europe-west3", *, late: bool = True) -> GoogleError:
    """More than the project may have; compute says so by the operation's end."""
    message = f"Quota '{metric}' exceeded.  Limit: {limit} in region {region}."
    return GoogleError(403, "quotaExceeded", message, late=late)


def api_disabled(api: str = "Compute Engine API", service: str = "compute", project: str = "123456") -> GoogleError:
    """Nobody has switched the API on."""
    where = f"https://console.developers.google.com/apis/api/{service}.googleapis.com/overview?project={project}"
    return GoogleError(
        403,
        "accessNotConfigured",
        f"{api} has not been used in project {project} before or it is disabled. Enable it by visiting {where} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry.",
    )


def expired_token() -> GoogleError:
    """The token was good once."""
    return GoogleError(
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    )


def forbidden(permission: str, path: str) -> GoogleError:
    """A role is missing; Google also says it of a project that is not there."""
    return GoogleError(403, "forbidden", f"Required '{permission}' permission for '{path}'")


def bucket_taken() -> GoogleError:
    """Somebody in the world has a bucket of that name."""
    return GoogleError(
        409,
        "conflict",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
    )
