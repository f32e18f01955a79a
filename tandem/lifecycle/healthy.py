"""Waits until releases that were started again are well, by the same questions that the switch asks of a new one.

Requests go through the gateway where it runs, as the switch's do: an app is back once the gateway's nginx has found it.
Else a container of its image, gone afterwards, sends them from within the stack's network.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from config import names
from config.base import seconds
from config.health import ExecHealth, Health, HttpHealth, LogHealth
from tandem.docker import Container, DockerError
from tandem.hosts.truth import Truth
from tandem.lifecycle.order import GATEWAY
from tandem.stack.session import Session

PAUSE = 0.1
"""Seconds between two rounds of questions."""
ANSWER_LIMIT = 2
"""Seconds one answer to a request may take."""
GATEWAY_LIMIT = 20
"""Seconds in which nginx must answer."""
PROBE = "http://127.0.0.1:81"
"""Where the gateway leads to any release by its name, see its app.conf."""
_CURL = ("curl", "-s", "-o", "/dev/null", "-m", str(ANSWER_LIMIT), "-w", "%{http_code}\n")
EXEC_LIMIT = 10.0
"""Seconds one command in a container may take, as at the switch."""


@dataclass(frozen=True)
class Patient:
    """One release to ask: its container, how to ask it, and its app's Host header."""

    box: Container
    health: Health
    host: str

    @property
    def limit(self) -> int:
        """Seconds until it must be well."""
        return seconds(self.health.timeout)


@dataclass(frozen=True)
class Asker:
    """The container that sends the requests, and whether it is the gateway itself."""

    container: str
    is_gateway: bool = False

    def words(self, one: Patient, path: str) -> list[str]:
        """What `curl` is told to reach a release's `path`."""
        if not self.is_gateway:
            return ["-H", f"Host: {one.host}", f"http://{one.box.name}:{one.box.port}{path}"]
        headers = {"Host": f"{one.box.app}.probe", "X-Tandem-Host": one.host, "X-Tandem-Release": one.box.release}
        return [*(word for name, value in headers.items() for word in ("-H", f"{name}: {value}")), f"{PROBE}{path}"]


def patients(session: Session, boxes: Sequence[Container], truth: Truth) -> list[Patient]:
    """Those of the containers that have traffic now, of apps whose health the stack file tells."""
    found = []
    for box in boxes:
        section, route = session.settings.apps.get(box.app), truth.route(box.app)
        serves = {truth.live(box.app, session.settings.rollout(box.app)), route.live}
        serves |= {route.canary.release} if route.canary else set()
        if section is None or box.role != "app" or box.release not in serves:
            continue
        own = section.health.host if isinstance(section.health, HttpHealth) else None
        domain = section.domains[0] if section.domains else box.app
        found.append(Patient(box, section.health, own or domain))
    return found


def await_all(session: Session, sick: Sequence[Patient], truth: Truth) -> list[str]:
    """Asks until all are well or their time is over; a line for people about each that is not."""
    if not sick:
        return []
    with _asker(session, sick, truth) as asker:
        return _rounds(session, [one for one in sick if asker or not isinstance(one.health, HttpHealth)], asker)


def _rounds(session: Session, sick: Sequence[Patient], asker: Asker | None) -> list[str]:
    passed = {one.box.id: 0 for one in sick}
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        waiting = [one for one in sick if passed[one.box.id] < needed(one.health)]
        going_on = [one for one in waiting if waited < one.limit]
        if not going_on:
            return [_complaint(one) for one in waiting]
        for one in going_on:
            answers = ask(session, one, asker)
            passed[one.box.id] = passed[one.box.id] + answers if answers else 0
        time.sleep(PAUSE)


def await_gateway(session: Session, boxes: Sequence[Container]) -> list[str]:
    """Asks a gateway that was just started until its nginx answers; a line for people when it does not."""
    for box in (box for box in boxes if box.role == GATEWAY):
        end = time.monotonic() + GATEWAY_LIMIT
        while session.docker.execute(box.id, *_CURL, f"{PROBE}/status", limit=EXEC_LIMIT).stdout != "200\n":
            if time.monotonic() >= end:
                return [f"gateway: does not answer within {GATEWAY_LIMIT} s; `docker logs {box.name}` says why"]
            time.sleep(PAUSE)
    return []


def needed(health: Health) -> int:
    """How many answers in a row make it well; a log says it once."""
    return 1 if isinstance(health, LogHealth) else health.passes


def ask(session: Session, one: Patient, asker: Asker | None) -> int:
    """How many good answers in a row it gave to one round of questions; 0 for a bad one."""
    try:
        match one.health:
            case HttpHealth():
                return _by_http(session, one, one.health, asker) if asker else 0
            case ExecHealth():
                done = session.docker.execute(one.box.id, *one.health.command, limit=EXEC_LIMIT)
                return 1 if done.returncode == 0 else 0
            case LogHealth():
                return 1 if _says(session.docker.log(one.box.id), one.health.pattern) else 0
    except DockerError:
        return 0  # it has just exited, or hangs


def _by_http(session: Session, one: Patient, health: HttpHealth, asker: Asker) -> int:
    """All its answers by one command: what is far away is asked as seldom as can be."""
    curl, *options = [*_CURL, *asker.words(one, health.path)]
    words = [word for _ in range(health.passes) for word in ("--next", *options)][1:]
    done = session.docker.execute(asker.container, curl, *words, limit=health.passes * ANSWER_LIMIT + EXEC_LIMIT)
    codes = done.stdout.split()
    return health.passes if len(codes) == health.passes and all(code.startswith("2") for code in codes) else 0


def _says(log: str, pattern: str) -> bool:
    """By `grep -E`, whose expressions the stack file speaks."""
    found = subprocess.run(["grep", "-Eq", "-e", pattern], input=log, text=True, capture_output=True, check=False)
    return found.returncode == 0


@contextmanager
def _asker(session: Session, sick: Sequence[Patient], truth: Truth) -> Iterator[Asker | None]:
    """Who can send requests; None where nobody needs one, or there is nothing to make one of."""
    gateways = [box for box in truth.containers if box.role == GATEWAY]
    running = next((box.id for box in gateways if box.state == "running"), None)
    if running or not gateways or not any(isinstance(one.health, HttpHealth) for one in sick):
        yield Asker(running, is_gateway=True) if running else None
        return
    name = f"{names.stack_prefix(session.somewhere.project, session.somewhere.stack)}-asker-{uuid.uuid4().hex[:7]}"
    made = session.docker.run(*_options(name, session.labels), session.docker.image_of(gateways[0].id), _life(sick))
    try:
        yield Asker(made)
    finally:
        session.docker.remove(made)


def _options(name: str, labels: Mapping[str, str]) -> list[str]:
    """Like everything of the stack it carries its labels; it ends by itself where nobody is left to remove it."""
    own = {**labels, names.LABEL_ROLE: "asker"}
    told = [part for label, value in own.items() for part in ("--label", f"{label}={value}")]
    network = names.stack_prefix(labels[names.LABEL_PROJECT], labels[names.LABEL_STACK])
    shut = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "64m"]
    return ["--rm", "--init", "--name", name, *told, "--network", network, *shut, "--entrypoint", "sleep"]


def _life(sick: Sequence[Patient]) -> str:
    return str(max(one.limit for one in sick) + 60)


def _complaint(one: Patient) -> str:
    how = f"GET {one.health.path}" if isinstance(one.health, HttpHealth) else one.health.kind
    return (
        f"{one.box.app}: {one.box.release} is not healthy within its {one.limit} s ({how}); "
        f"`tandem logs {one.box.app}` says why"
    )
