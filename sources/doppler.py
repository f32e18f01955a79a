"""Doppler, by one request: all secrets of the config that a service token belongs to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from config.secrets import DOPPLER_TOKEN, Doppler, Wanted
from sources import token
from sources.found import Found, SourceError, pick

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.error import HTTPError
    from urllib.request import Request

PATH = "/v3/configs/config/secrets/download?format=json"
LIMIT = 10.0
"""Seconds one request may take."""
TRIES = 4
LONGEST_WAIT = 30.0
"""Seconds between two tries at most, whatever the server asks for."""
LARGEST = 4 << 20
"""Bytes of an answer."""
OURS = "DOPPLER_"
"""What Doppler adds by itself: DOPPLER_PROJECT, DOPPLER_CONFIG, DOPPLER_ENVIRONMENT."""

_WORTH_ANOTHER_TRY = (429, 500, 502, 503, 504)
_SAID = {
    401: "refuses the token (401): it is revoked, expired or mistyped; next: make a service token of this config",
    403: "does not let this token read (403): it belongs to another config, or to a person without the right; "
    "next: make a service token with read access to this config",
    404: "knows no config for this token (404): its project or config is gone; next: make a service token there",
    429: "is asked too often (429) and stays so; next: try again in a minute",
}


def read(
    section: Doppler,
    wanted: Iterable[Wanted],
    *,
    wait: Callable[[float], None] = time.sleep,
    limit: float = LIMIT,
) -> Found:
    """The values; one request, more only where it failed. Raises SourceError. `wait`: seconds before another try."""
    held = _fetched(section, wait, limit)
    return pick(wanted, held, _told, names=[key for key in held if not key.startswith(OURS)])


def _told(one: Wanted) -> str:
    return f"not at Doppler, or empty there (source `doppler`); next: doppler secrets set {one.key}"


def _fetched(section: Doppler, wait: Callable[[float], None], limit: float) -> dict[str, str]:
    try:
        bearer = token.from_file(section.token_file) if section.token_file else token.from_variable(DOPPLER_TOKEN)
    except SourceError as error:
        raise SourceError(f"source `doppler`: {error}") from None
    return _persistent(section.api, bearer, wait, limit)


def _persistent(api: str, bearer: str, wait: Callable[[float], None], limit: float) -> dict[str, str]:
    for turn in range(TRIES):
        try:
            return _asked(api, bearer, limit)
        except _NoAnswerError as no:
            if no.again is None or turn == TRIES - 1:
                raise SourceError(f"source `doppler`: {api} {no}") from None
            wait(min(no.again if no.again >= 0 else 0.5 * 2**turn, LONGEST_WAIT))
    raise AssertionError("the last try ends it")


class _NoAnswerError(Exception):
    """`again`: None = another try is useless; seconds to wait before it; negative = as one likes."""

    def __init__(self, why: str, again: float | None = None) -> None:
        super().__init__(why)
        self.again = again


def _asked(api: str, bearer: str, limit: float) -> dict[str, str]:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request

    request = Request(api + PATH, headers={"Accept": "application/json", "User-Agent": "tandem"})  # noqa: S310
    request.add_unredirected_header("Authorization", f"Bearer {bearer}")
    try:
        with _open(request, limit) as answer:
            return _values(answer.read(LARGEST + 1))
    except HTTPError as error:
        with error:
            raise _refusal(error, bearer) from None
    except (OSError, HTTPException) as error:
        raise _NoAnswerError(_broken(error, limit), -1) from None


def _broken(error: Exception, limit: float) -> str:
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"does not answer within {limit:g} s"
    return f"cannot be reached: {cause}" if isinstance(cause, OSError) else f"breaks off ({type(cause).__name__})"


def _open(request: Request, limit: float) -> HTTPResponse:
    from urllib.request import HTTPRedirectHandler, build_opener

    class _Nowhere(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opened: HTTPResponse = build_opener(_Nowhere).open(request, timeout=limit)
    return opened


def _refusal(error: HTTPError, bearer: str) -> _NoAnswerError:
    words = _words(error.read(LARGEST), bearer)
    why = _SAID.get(error.code) or f"says no ({error.code})"
    again = _patience(error.headers.get("Retry-After") or "") if error.code in _WORTH_ANOTHER_TRY else None
    return _NoAnswerError(why + (f" [{words}]" if words else ""), again)


def _patience(asked: str) -> float:
    """Seconds that the server asks for, as a number or as a time; negative where it does not say."""
    if asked.isdigit():
        return float(asked[:6])
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return -1


def _words(body: bytes, bearer: str) -> str:
    """What Doppler says in its own words, on one line; never the token."""
    try:
        said = json.loads(body)["messages"][0]
    except (ValueError, LookupError, TypeError):
        return ""
    line = "".join(mark if mark.isprintable() else " " for mark in str(said))
    return line.replace(bearer, "[token]")[:200]


def _values(body: bytes) -> dict[str, str]:
    if len(body) > LARGEST:
        raise _NoAnswerError(f"answers with more than {LARGEST >> 20} MiB")
    try:
        said = json.loads(body)
    except ValueError:
        raise _NoAnswerError("answers with something that is not JSON (a proxy's page?)") from None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise _NoAnswerError("answers with JSON that is no list of secrets")
    return said
