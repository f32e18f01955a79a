"""Every file under the gateway's `current/`: configuration rendered from templates, scripts as they are in `files/`.

Pure: the same apps and settings give the same bytes, so their hash names the release of the files.
Which release of an app serves is not in here: that is the switch's to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from components.archive import verbatim
from config.apps import App
from config.base import seconds

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"
TEMPLATES = HERE / "templates"

TMPFS = ("/run", "/tmp")  # noqa: S108 — mounts of the container, nobody else's
"""Places the gateway writes to besides /gw and the image's own volume; its root may be read-only."""


@dataclass(frozen=True)
class Scrape:
    """How a Prometheus elsewhere asks for numbers: the app's own path, the networks that may; and the stack's names."""

    path: str
    allow: tuple[str, ...]
    project: str
    stack: str


@dataclass(frozen=True)
class Site:
    """An app that the gateway serves: one with a port.

    Without `domains` it gets every request that no other site's domains name; one site may be so.
    `drain_seconds` is how long its streams may go on after a switch; `read_seconds` how long it may be silent within an
    answer; `max_body` an nginx size; `buffering` off only for apps that stream without saying X-Accel-Buffering.
    `canary_cookie` names the cookie that keeps a client on its colour, None = its address does; with `testers` a
    request may choose its colour.
    """

    name: str
    domains: tuple[str, ...] = ()
    drain_seconds: int = 60
    read_seconds: int = 300
    max_body: str = "10m"
    buffering: bool = True
    canary_cookie: str | None = None
    testers: bool = False
    scrape: Scrape | None = None

    @property
    def variable(self) -> str:
        """The app's name inside nginx variables, which know no hyphen."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Tuning:
    """What concerns the gateway as a whole; `workers` is a number or `auto`, one per CPU."""

    workers: str = "auto"


def sites(apps: Mapping[str, App], *, project: str = "", stack: str = "") -> list[Site]:
    """The apps that the gateway serves: those with a port. `project` and `stack` are for labels of metrics."""
    return [
        Site(
            name=name,
            domains=app.domains,
            drain_seconds=seconds(app.drain_limit),
            read_seconds=seconds(app.read_timeout),
            max_body=app.max_body,
            canary_cookie=app.canary_cookie,
            testers=app.testers,
            scrape=Scrape(app.metrics.path, app.metrics.allow, project, stack) if app.metrics else None,
        )
        for name, app in sorted(apps.items())
        if app.port
    ]


def files(apps: Sequence[Site], settings: Tuning | None = None, *, portless: Iterable[str] = ()) -> dict[str, str]:
    """Path below `current/` → content, sorted by path. Raises ValueError when two sites want all the rest.

    `portless` names the other apps: `install` refuses files that no longer know an app that serves.
    """
    catch_all = [site.name for site in apps if not site.domains]
    if len(catch_all) > 1:
        raise ValueError(f"{', '.join(catch_all)}: one site may be without domains, the others need some")
    known = {f"portless/{name}": "" for name in portless}
    return dict(sorted({**verbatim(FILES), **_configuration(apps, settings or Tuning()), **known}.items()))


@cache
def _environment() -> Environment:
    """One, because it keeps its templates compiled."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 — nginx configuration, not HTML; names are checked by the models
    )


def _configuration(apps: Sequence[Site], settings: Tuning) -> dict[str, str]:
    environment = _environment()
    longest = max((site.drain_seconds for site in apps), default=Site.drain_seconds)
    whole = environment.get_template("nginx.conf.j2").render(
        settings=settings, shutdown_seconds=longest, catch_all=any(not site.domains for site in apps)
    )
    app = environment.get_template("app.conf.j2")
    return {"nginx.conf": whole} | {f"apps/{site.name}.conf": app.render(site=site) for site in apps}
