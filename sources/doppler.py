"""Doppler, by one request: all secrets of the config that a service token belongs to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from config.secrets import DOPPLER_TOKEN, Doppler, Wanted
from sources import token
from sources.found import Found, SourceError, pick

if TYPE_CHECKING:
    from http.client import HTTPResponse
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
    for turn in range(TRIES):
        answer = _asked(section.api, bearer, limit)
        if isinstance(answer, dict):
            return answer
        if answer.again is None or turn == TRIES - 1:
            break
        wait(min(answer.again if answer.again >= 0 else 0.5 * 2**turn, LONGEST_WAIT))
    raise SourceError(f"source `doppler`: {section.api} {answer.why}")


class _No:
    """Why there is no answer. `again`: None = another try is useless; seconds to wait; negative = as one likes."""

    def __init__(self, why: str, again: float | None = None) -> None:
        self.why = why
        self.again = again


def _asked(api: str, bearer: str, limit: float) -> dict[str, str] | _No:
    from urllib.error import HTTPError, URLError
    from urllib.request import Request

    request = Request(api + PATH, headers={"Accept": "application/json", "User-Agent": "tandem"})  # noqa: S310
    # Not passed on: a server that sends one elsewhere gets no second request.
    request.add_unredirected_header("Authorization", f"Bearer {bearer}")
    try:
        with _open(request, limit) as answer:
            return _values(answer.read(LARGEST + 1))
    except HTTPError as error:
        with error:
            return _refused(error.code, error.headers, _words(error.read(LARGEST), bearer))
    except TimeoutError:
        return _No(f"does not answer within {limit:g} s", -1)
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            return _No(f"does not answer within {limit:g} s", -1)
        return _No(f"cannot be reached: {error.reason}", -1)
    except OSError as error:
        return _No(f"broke off: {error}", -1)
    except Exception as error:
        from http.client import HTTPException

        if not isinstance(error, HTTPException):
            raise
        return _No(f"does not speak HTTP as it should ({type(error).__name__})", -1)


def _open(request: Request, limit: float) -> HTTPResponse:
    from urllib.request import HTTPRedirectHandler, build_opener

    class _Nowhere(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opened: HTTPResponse = build_opener(_Nowhere).open(request, timeout=limit)
    return opened


def _refused(code: int, headers: Mapping[str, str], words: str) -> _No:
    why = _SAID.get(code) or f"says no ({code})"
    again = _patience(headers) if code in _WORTH_ANOTHER_TRY else None
    return _No(why + (f" [{words}]" if words else ""), again)


def _patience(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks for, as a number or as a time; negative where it does not say."""
    said = (headers.get("Retry-After") or "").strip()
    if said.isdigit():
        return float(said[:6])
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
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


def _values(body: bytes) -> dict[str, str] | _No:
    if len(body) > LARGEST:
        return _No(f"answers with more than {LARGEST >> 20} MiB")
    try:
        said = json.loads(body)
    except ValueError:
        return _No("answers with something that is not JSON (a proxy's page?)")
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        return _No("answers with JSON that is no list of secrets")
    return said
