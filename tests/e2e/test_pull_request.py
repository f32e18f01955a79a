"""One repository, two environments, as a team has them: a pull request is previewed by both, merged, and carried out by
plain `pulumi up` for each; a Prometheus elsewhere follows what the stacks say. On the real engine only.

What was typed and answered is kept in `artefacts/pull-request/transcript.md`; docs/pull-request.md is made of one run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.names import ROOT
from config.outputs import StackOutputs
from tests import load
from tests.e2e.project import APP, TANDEM, docker, free_port, remove, until
from tests.google.pulumi import engine_variables, project_file
from tests.prometheus import server
from tests.prometheus.server import Prometheus

pytestmark = pytest.mark.skipif(
    shutil.which("pulumi") is None,
    reason="the pulumi CLI is not on PATH: plain `pulumi up` needs it and its docker and command plugins",
)

LIVE = ("live", "up")
ENVIRONMENTS = ("staging", "prod")
SCRAPES = """\
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: staging
    http_sd_configs: [{{url: "http://web.staging.localhost:{staging}/.tandem/targets", refresh_interval: 1s}}]
  - job_name: prod
    http_sd_configs: [{{url: "http://web.prod.localhost:{prod}/.tandem/targets", refresh_interval: 1s}}]
"""


class Repository:
    """A git repository with a stack file per environment, and what was said in it."""

    def __init__(self, directory: Path, state: Path) -> None:
        self.directory = directory
        self.name = f"e2e{uuid.uuid4().hex[:6]}"
        self.ports = {environment: free_port() for environment in ENVIRONMENTS}
        self.variables = {**os.environ, **engine_variables(state)}
        self.transcript: list[str] = []
        directory.mkdir()
        project_file(self.name, ROOT, directory)
        for environment in ENVIRONMENTS:
            self.write(environment, {"live": "blue", "blue": {"image": image("demo:1")}})
        self.says("git", "init", "--quiet", "--initial-branch", "main")
        self.commit("two environments")

    def file(self, environment: str) -> Path:
        """The stack file of an environment."""
        return self.directory / f"Pulumi.{environment}.yaml"

    def write(self, environment: str, rollout: dict[str, object]) -> None:
        """The stack file with this rollout; what the engine added to it (its salt) stays."""
        file = self.file(environment)
        kept = (
            [line for line in file.read_text().splitlines() if line.startswith("encryption")] if file.exists() else []
        )
        app = {**APP, "domains": [f"web.{environment}.localhost"], "metrics": {}}
        said = [
            "config:",
            "  tandem:profile: local",
            "  tandem:host: {kind: local}",
            f"  tandem:gateway: {{port: {self.ports[environment]}, bind: 127.0.0.1}}",
            f"  tandem:apps: {json.dumps({'web': app})}",
            f"  tandem:rollouts: {json.dumps({'web': rollout})}",
        ]
        file.write_text("\n".join([*kept, *said]) + "\n")

    def says(self, *words: str, code: int = 0) -> str:
        """What a command prints; it must end with this code. Commands are typed into the transcript."""
        began = time.monotonic()
        done = subprocess.run(
            words,
            cwd=self.directory,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        typed = " ".join("tandem" if word == str(TANDEM) else word for word in words)
        self.transcript += [
            f"$ {typed}    # {done.returncode}, {time.monotonic() - began:.1f} s",
            done.stdout,
            done.stderr,
        ]
        assert done.returncode == code, f"{typed} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def commit(self, message: str) -> None:
        """Everything in the folder as one commit."""
        self.says("git", "add", "--all")
        self.says("git", "-c", "user.name=Kim", "-c", "user.email=kim@shop.example", "commit", "--quiet", "-m", message)

    def keep(self) -> None:
        """The transcript, for people."""
        kept = ROOT / "artefacts" / "pull-request" / "transcript.md"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("\n".join(part.rstrip("\n") for part in self.transcript if part) + "\n")

    def comment(self, environment: str) -> str:
        """What a pull request is told about one environment."""
        return self.says(str(TANDEM), "--stack", environment, "--engine", "pulumi", "preview", "--markdown")

    def up(self, environment: str) -> str:
        """The engine's own command, nothing of ours."""
        return self.says("pulumi", "up", "--yes", "--stack", environment, "--color", "never", "--suppress-outputs")

    def outputs(self, environment: str) -> dict[str, Any]:
        """What others read of a stack, straight from the engine."""
        said: dict[str, Any] = json.loads(self.says("pulumi", "stack", "output", "--json", "--stack", environment))
        return said


def image(tag: str) -> str:
    """What a stack file says of a local image."""
    return docker("image", "inspect", "--format", "{{.Id}}", tag).strip()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """Two stacks that nobody brought up yet; what was typed is kept, and what they left on Docker goes."""
    made = Repository(tmp_path / "shop", tmp_path / "state")
    try:
        yield made
    finally:
        made.keep()
        remove(made.name)


def test_a_pull_request_is_previewed_merged_and_carried_out_in_each_environment_and_prometheus_follows(
    repository: Repository, tmp_path: Path
) -> None:
    first = {environment: brought_up(repository, environment) for environment in ENVIRONMENTS}
    repository.commit("what the engine added to the stack files")

    repository.says("git", "switch", "--quiet", "--create", "demo-2")
    for environment in ENVIRONMENTS:
        blue = {"image": image("demo:1"), "frozen": first[environment].split("-")[1]}
        green = {"image": image("demo:2")}
        repository.write(environment, {"live": "green", "green": green, "blue": blue, "standby": "previous"})
    repository.commit("web: demo:2")
    comments = {environment: repository.comment(environment) for environment in ENVIRONMENTS}
    repository.says("git", "switch", "--quiet", "main")
    repository.says("git", "merge", "--quiet", "--ff-only", "demo-2")

    folder = tmp_path / "prometheus"
    folder.mkdir(mode=0o755)
    names = [f"web.{environment}.localhost" for environment in ENVIRONMENTS]
    with server.running(folder, SCRAPES.format(**repository.ports), names) as prometheus:
        life = prometheus.life()
        for environment in ENVIRONMENTS:
            until(lambda stack=environment: live(prometheus, stack) == first[stack], seconds=30)  # type: ignore[misc]
            with load.background(
                repository.ports[environment], header=f"web.{environment}.localhost", clients=4, fresh=1, think=0.05
            ) as seen:
                repository.up(environment)
            now = repository.outputs(environment)["live"]["web"]
            until(lambda stack=environment, it=now: live(prometheus, stack) == it, seconds=30)  # type: ignore[misc]
            repository.transcript.append(f"(during it: {seen})\n")

            assert "web" in comments[environment]
            assert "green" in comments[environment]
            assert now.startswith("green-")
            assert seen.lost == 0, str(seen)
        assert prometheus.life() == life, "started again, or its configuration read again"

    for environment in ENVIRONMENTS:
        repository.says("pulumi", "preview", "--stack", environment, "--expect-no-changes", "--color", "never")
        assert "nothing changes" in repository.comment(environment)
    assert repository.says("git", "status", "--porcelain") == "", "an update leaves a checkout as it was"


def brought_up(repository: Repository, environment: str) -> str:
    """The first update of an environment; the release that serves then."""
    repository.says("pulumi", "stack", "init", environment)
    repository.up(environment)
    serving = StackOutputs.model_validate(repository.outputs(environment)).live["web"]
    assert serving is not None
    return serving


def live(prometheus: Prometheus, job: str) -> str | None:
    """The one release that a Prometheus scrapes as live and finds well."""
    well = [release for release, role, health in prometheus.targets(since=0).get(job, []) if (role, health) == LIVE]
    return well[0] if len(well) == 1 else None
