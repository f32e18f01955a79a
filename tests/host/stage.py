"""One gateway of its own, its network, its HOSTDIR and release containers: what the scripts act on in these tests."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components import archive
from components.gateway import render
from components.gateway.component import CAPABILITIES
from config import names
from tests.host import releases
from tests.host.docker import docker, free_port, labels

SCOPE = "host"
INSTALL = render.FILES / "host" / "install"
WEB = render.Site("web", ("web.localhost",), drain_seconds=20)
ADMIN = render.Site("web-admin", ("admin.localhost",), drain_seconds=20)


@dataclass(frozen=True)
class Outcome:
    """How a script ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def receipt(self) -> dict[str, Any]:
        """The one JSON line of a switch that succeeded."""
        assert self.code == 0, self.stderr
        (line,) = self.stdout.splitlines()
        parsed: dict[str, Any] = json.loads(line)
        return parsed


class Stage:
    """Starts nothing by itself; `close` removes all that was started."""

    def __init__(self, image: str, directory: Path) -> None:
        self.image = image
        self.host = directory / "host"
        self.name = f"tandem-test-{uuid.uuid4().hex[:8]}"
        self.gateway = f"{self.name}-gateway"
        self.port = free_port()
        self.containers: dict[str, str] = {}
        docker("network", "create", *labels(SCOPE), self.name)

    def close(self) -> None:
        """Remove every container, then the network."""
        for container in (*self.containers.values(), self.gateway):
            docker("rm", "-fv", container, check=False)
        docker("network", "rm", self.name, check=False)

    # The gateway and its files

    def install(self, *sites: render.Site, tree: dict[str, str] | None = None) -> Outcome:
        """Put the files for these sites on the host, as the program does."""
        files = tree or render.files(sites or (WEB, ADMIN))
        arguments = ["sh", str(INSTALL), str(self.host), "gateway", archive.digest(files), self.gateway]
        return _run(arguments, archive.pack(files))

    def start_gateway(self) -> None:
        """Run the gateway exactly as hardened as the program runs it, and wait until it answers."""
        capabilities = [part for name in CAPABILITIES for part in ("--cap-add", name)]
        mounts = [part for path in render.TMPFS for part in ("--tmpfs", path)]
        docker(
            *("run", "-d", "--name", self.gateway, *labels(SCOPE), "--label", f"{names.LABEL_ROLE}=gateway"),
            *("--network", self.name, "--cap-drop", "ALL", *capabilities, "--security-opt", "no-new-privileges"),
            *("--read-only", *mounts, "--stop-signal", "QUIT"),
            *("-v", f"{self.directory}:/gw", "-p", f"127.0.0.1:{self.port}:80", self.image),
        )
        self.wait_for_gateway()

    def restart_gateway(self) -> None:
        """Stop and start the container, as after a reboot."""
        docker("restart", "-t", "2", self.gateway)
        self.wait_for_gateway()

    def wait_for_gateway(self) -> None:
        """Until anything answers on the port."""
        until(lambda: self.get("nobody.invalid")[0] in (404, 503))

    @property
    def directory(self) -> Path:
        """HOSTDIR/gateway."""
        return self.host / "gateway"

    def live_file(self, app: str = "web") -> Path:
        """Where the traffic of an app is written down."""
        return self.directory / "live" / f"{app}.conf"

    # Releases

    def release(self, release: str, app: str = "web", **behaviour: Any) -> str:
        """Start a release's container, see `releases.script`; its name. `options`: more words for `docker run`."""
        container = f"{app}-{release}-{uuid.uuid4().hex[:7]}"
        self.containers[f"{app} {release}"] = container
        restart = behaviour.pop("restart", "no")
        options: Sequence[str] = behaviour.pop("options", ())
        docker(
            *("run", "-d", "--name", container, *labels(SCOPE), "--network", self.name, "--restart", restart),
            *options,
            *("--stop-timeout", "2", "--entrypoint", "sh", self.image, "-c", releases.script(release, **behaviour)),
        )
        return container

    def container(self, release: str, app: str = "web") -> str:
        """The name of a release's container."""
        return self.containers[f"{app} {release}"]

    def state(self, release: str, app: str = "web") -> str:
        """Docker's word for how it is: running, exited, ..."""
        return docker("inspect", "-f", "{{.State.Status}}", self.container(release, app))

    def kill(self, container: str) -> None:
        """End a container without a word."""
        docker("kill", container)

    def remove(self, release: str, app: str = "web") -> None:
        """Stop and remove a release's container, as the program does once its guard allowed it."""
        docker("stop", self.container(release, app))
        docker("rm", "-fv", self.container(release, app))

    def connections(self) -> int:
        """Open connections from the gateway to releases."""
        count = f"awk '$4 == \"01\" && $3 ~ /:{releases.PORT:04X}$/' /proc/net/tcp | wc -l"
        return int(docker("exec", self.gateway, "sh", "-c", count))

    def watched_by_a_drain(self) -> bool:
        """Whether a guard waits inside the gateway."""
        return "/bin/drain" in docker("exec", self.gateway, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")

    # Scripts of the host

    def switch(self, live: str | None, *others: str, app: str = "web", **spec: Any) -> Outcome:
        """Make `live` serve, with `others` known beside it."""
        return self.script("switch", app, self.spec(live, *others, app=app, **spec))

    def spec(
        self,
        live: str | None,
        *others: str,
        app: str = "web",
        port: int = releases.PORT,
        health: Sequence[tuple[str, str]] = (("health", "http"), ("path", "/healthz"), ("host", "web.localhost")),
        timeout: int = 10,
        gateway: str | None = "",
        canary: int = 0,
        back: str | None = None,
        images: Mapping[str, str] | None = None,
        window: int = 0,
        more: Sequence[tuple[str, str]] = (),
    ) -> str:
        """The spec as the program writes it; `gateway=None` for an app without a port.

        `canary`: percent for the first of `others`. `images`: by release, else `sha256:` and the release's hash.
        """
        known = [release for release in (live, *others) if release]
        image = {release: f"sha256:{release.partition('-')[2]}" for release in known} | dict(images or {})
        lines = [
            *([] if gateway is None else [("gateway", gateway or self.gateway)]),
            *([("release", live)] if live else []),
            *([("canary", f"{canary} {others[0]}")] if canary else []),
            *([("back", back)] if back else []),
            *(("upstream", f"{release} {self.container(release, app)} {port}") for release in known),
            *(("image", f"{release} {image[release]}") for release in known),
            *health,
            ("passes", "3"),
            ("timeout", str(timeout)),
            *([("window", str(window))] if window else []),
            *more,
        ]
        return "".join(f"{key} {value}\n" for key, value in lines)

    def guard(self, release: str, *, limit: int = 20, app: str = "web", container: str = "") -> Outcome:
        """May this release's container be deleted?"""
        return self.script("guard", app, self.guard_spec(release, limit=limit, app=app, container=container))

    def guard_spec(self, release: str, *, limit: int = 20, app: str = "web", container: str = "") -> str:
        """What the guard is told."""
        name = container or self.container(release, app)
        return f"gateway {self.gateway}\nrelease {release}\ncontainer {name}\nport {releases.PORT}\nlimit {limit}\n"

    def back(self, why: str = "it is slow", app: str = "web") -> Outcome:
        """The previous release at once, by the pointer."""
        return self.call("back", app, why)

    def pardon(self, what: str, why: str = "it was the database", app: str = "web") -> Outcome:
        """A barred image or hash may serve again."""
        return self.call("pardon", app, what, why)

    def script(self, script: str, app: str, spec: str = "") -> Outcome:
        """Run one of `current/host/*` to its end."""
        return self.told(script, app, spec + "end\n")

    def call(self, script: str, *arguments: str) -> Outcome:
        """Run one of those that take arguments and nothing else."""
        return _run([str(self.directory / "current" / "host" / script), *arguments], "")

    def told(self, script: str, app: str, spec: str) -> Outcome:
        """Run it with exactly these words on stdin."""
        return _run([str(self.directory / "current" / "host" / script), app], spec)

    def start_script(self, script: str, app: str, spec: str) -> subprocess.Popen[str]:
        """The same without waiting."""
        process = subprocess.Popen(
            [str(self.directory / "current" / "host" / script), app],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(spec + "end\n")
        process.stdin.close()
        process.stdin = None
        return process

    def serving(self) -> dict[str, Any]:
        """What host/serving says."""
        said: dict[str, Any] = json.loads(_run([str(self.directory / "current" / "host" / "serving")], "").stdout)
        return said

    def known(self) -> dict[str, Any]:
        """The same, of every app only who serves and which releases there are."""
        return {app: {key: said[key] for key in ("live", "releases")} for app, said in self.serving().items()}

    def receipts(self, app: str = "web") -> list[dict[str, Any]]:
        """What the host keeps, the newest last."""
        lines = (self.directory / "state" / f"{app}.receipts.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    # Visitors

    def get(self, domain: str = "web.localhost", path: str = "/", **headers: str) -> tuple[int, dict[str, str], str]:
        """Status, headers (lower case) and body of one GET on a fresh connection; status 0 when there is no answer.

        Further headers are named as Python can: `X_Tandem_Colour`.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request("GET", path, headers={"Host": domain, "Connection": "close", **more})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, {}, ""
        finally:
            connection.close()

    def served_by(self, domain: str = "web.localhost", **headers: str) -> str:
        """Who answers: the release by the gateway's word, which must be the app's own word too."""
        _, headers, _ = self.get(domain, **headers)
        said = headers.get("x-served-by", "")
        assert said in ("gateway", headers.get("x-release")), headers
        return said


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Poll a condition; fails when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.02)


def ended(process: subprocess.Popen[str]) -> Outcome:
    """Wait for a script that was started."""
    stdout, stderr = process.communicate(timeout=90)
    return Outcome(process.returncode, stdout, stderr)


def _run(arguments: Sequence[str], stdin: str) -> Outcome:
    done = subprocess.run(arguments, input=stdin, capture_output=True, text=True, timeout=90, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)
