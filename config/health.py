"""How one knows that a container is ready: an HTTP answer, a command inside it, or a line of its log."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.base import Domain, Duration, Line, Model, UrlPath
from config.forms import Whole


class _Probe(Model):
    timeout: Duration = "30s"
    """How long a new release may take until it is ready; then it is refused."""
    passes: Annotated[int, Whole(1, 20, 3)] = 3
    """How many probes in a row must pass."""


class HttpHealth(_Probe):
    """Ready when GET `path` answers 2xx through the gateway."""

    kind: Literal["http"]
    path: UrlPath
    """Path that answers 2xx when the release is ready."""
    host: Domain | None = None
    """Host header of the probe; the app's first domain when absent."""


class ExecHealth(_Probe):
    """Ready when a command inside the container exits with 0."""

    kind: Literal["exec"]
    command: tuple[Line, ...] = Field(min_length=1, examples=[["pg_isready", "-q"]])
    """Program and arguments; no shell."""


class LogHealth(_Probe):
    """Ready when a line of the container's log matches."""

    kind: Literal["log"]
    pattern: Line
    """Extended regular expression, as `grep -E` reads it."""


Health = Annotated[HttpHealth | ExecHealth | LogHealth, Field(discriminator="kind")]
PortlessHealth = Annotated[ExecHealth | LogHealth, Field(discriminator="kind")]
