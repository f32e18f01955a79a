"""A stand-in for GitHub's runner: reads the workflows and runs their steps with bash, in order, as GitHub does.

`run:` steps are run for real, but for those that have a stand-in by name. `uses:` steps are actions of others: each has
a stand-in, or the run stops.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.workflows.written import read
from tests.workflows.expressions import condition, filled, said

KEPT = ("PATH", "PYTHONPATH", "TANDEM_USE_ENGINE", "LANG")
"""Of this process's environment, what a step may see."""


@dataclass
class Ran:
    """How one job ended."""

    name: str
    status: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    text: str = ""
    summary: str = ""
    steps: list[str] = field(default_factory=list)


@dataclass
class Place:
    """Where a job runs: its checkout, what its steps see, and the files by which they speak to GitHub."""

    runner: Runner
    folder: Path
    env: dict[str, str]
    contexts: dict[str, Any]


StandIn = Callable[[Place, Mapping[str, Any]], None]


@dataclass
class Runner:
    """One repository on GitHub as its workflows see it.

    `github`: the context; `variables`, `secrets`: by environment, `""` for the whole repository; `only`: of a matrix.
    """

    source: Path
    folder: Path
    github: dict[str, Any]
    stand_ins: Mapping[str, StandIn]
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    number: Iterator[int] = field(default_factory=itertools.count)

    def run(self, workflow: str, inputs: Mapping[str, Any] | None = None, needs_of: str = "") -> dict[str, Ran]:
        """Runs a workflow of `source`; job (`job (matrix)`) → how it ended, those of called workflows after a slash."""
        path = self.source / ".github/workflows" / f"{workflow}.yml"
        written = read(path)
        known = {"inputs": {**_defaults(written), **(inputs or {})}}
        ended: dict[str, Ran] = {}
        results: dict[str, dict[str, Any]] = {}
        for name in _in_order(written["jobs"]):
            self._job(written, name, known, results, ended, needs_of)
        outputs = written["on"].get("workflow_call", {}) or {}
        flat = {name: {"outputs": result["outputs"]} for name, result in results.items()}
        ended[""] = Ran(
            workflow,
            "success" if all(result["result"] in ("success", "skipped") for result in results.values()) else "failure",
            {name: said(filled(one["value"], {"jobs": flat})) for name, one in outputs.get("outputs", {}).items()},
        )
        return ended

    def _job(
        self,
        written: Mapping[str, Any],
        name: str,
        known: Mapping[str, Any],
        results: dict[str, dict[str, Any]],
        ended: dict[str, Ran],
        prefix: str,
    ) -> None:
        job = written["jobs"][name]
        needs = {one: results[one] for one in _needs(job)}
        status = "success" if all(one["result"] == "success" for one in needs.values()) else "failure"
        results[name] = {"result": "skipped", "outputs": {}}
        for matrix in _matrix(job):
            if any(matrix.get(axis, value) != value for axis, value in self.only.items()):
                continue
            contexts = {
                **known,
                "github": self.github,
                "needs": needs,
                "matrix": matrix,
                "vars": self.variables.get("", {}),
                "job": {"status": status},
            }
            if not condition(job.get("if"), contexts):
                continue
            label = f"{prefix}{name}" + (f" ({', '.join(map(str, matrix.values()))})" if matrix else "")
            if "uses" in job:
                given = {key: filled(value, contexts) for key, value in job.get("with", {}).items()}
                called = self.run(Path(job["uses"]).stem, given, needs_of=f"{label}/")
                whole = called.pop("")
                ended.update(called)
            else:
                whole = ended[label] = self._steps(written, label, job, contexts)
            results[name] = {"result": whole.status, "outputs": whole.outputs}

    def _steps(self, written: Mapping[str, Any], label: str, job: Mapping[str, Any], contexts: dict[str, Any]) -> Ran:
        environment = filled(job.get("environment", ""), contexts)
        contexts["vars"] = {**self.variables.get("", {}), **self.variables.get(environment, {})}
        contexts["secrets"] = {**self.secrets.get("", {}), **self.secrets.get(environment, {})}
        contexts["steps"], contexts["env"], contexts["job"] = {}, {}, {"status": "success"}
        for level in (written.get("env", {}), job.get("env", {})):
            contexts["env"].update({key: said(filled(value, contexts)) for key, value in level.items()})
        folder = self.folder / f"runner-{next(self.number)}"
        folder.mkdir(parents=True)
        place = Place(self, folder / "work", self._environment(folder), contexts)
        ran = Ran(label)
        for step in job["steps"]:
            self._step(place, step, ran)
        ran.status = contexts["job"]["status"]
        ran.outputs = {key: said(filled(value, contexts)) for key, value in job.get("outputs", {}).items()}
        ran.summary = Path(place.env["GITHUB_STEP_SUMMARY"]).read_text()
        shutil.rmtree(folder)
        return ran

    def _environment(self, folder: Path) -> dict[str, str]:
        files = {key: folder / key for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
        for file in files.values():
            file.touch()
        names = ("actor", "repository", "run_id", "server_url", "api_url", "sha", "ref", "ref_name", "event_name")
        return {
            **{key: os.environ[key] for key in KEPT if key in os.environ},
            **{f"GITHUB_{key.upper()}": str(self.github[key]) for key in names},
            **{key: str(file) for key, file in files.items()},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "HOME": str(folder),
            "RUNNER_TEMP": str(folder),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            **self.env,
        }

    def _step(self, place: Place, step: Mapping[str, Any], ran: Ran) -> None:
        contexts = place.contexts
        if not condition(step.get("if"), contexts):
            return
        env = {**contexts["env"], **{key: said(filled(value, contexts)) for key, value in step.get("env", {}).items()}}
        ran.steps.append(step.get("uses", step.get("run", "")).strip())
        good = True
        name = step["uses"].partition("@")[0] if "uses" in step else step["run"].strip()
        if "uses" in step or name in self.stand_ins:
            given = {key: filled(value, contexts) for key, value in step.get("with", {}).items()}
            self.stand_ins[name](place, given)
        else:
            good = self._bash(place, step, env, ran)
        if step.get("id"):
            outputs = dict(line.split("=", 1) for line in Path(place.env["GITHUB_OUTPUT"]).read_text().splitlines())
            contexts["steps"][step["id"]] = {"outputs": outputs, "outcome": "success" if good else "failure"}
        if not good and not step.get("continue-on-error"):
            contexts["job"]["status"] = "failure"

    @staticmethod
    def _bash(place: Place, step: Mapping[str, Any], env: Mapping[str, str], ran: Ran) -> bool:
        pipefail = ["--noprofile", "--norc", "-eo", "pipefail"] if step.get("shell") == "bash" else ["-e"]
        script = place.folder.parent / "script.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", *pipefail, str(script)],
            cwd=place.folder,
            env={**place.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
            check=False,
        )
        ran.text += done.stdout
        return done.returncode == 0


def _defaults(written: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for how in ("workflow_call", "workflow_dispatch"):
        for name, one in ((written["on"].get(how) or {}).get("inputs") or {}).items():
            found[name] = one.get("default", "")
    return found


def _needs(job: Mapping[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def _in_order(jobs: Mapping[str, Any]) -> list[str]:
    done: list[str] = []
    while len(done) < len(jobs):
        ready = [name for name in jobs if name not in done and set(_needs(jobs[name])) <= set(done)]
        assert ready, f"needs go round in a circle: {set(jobs) - set(done)}"
        done += ready
    return done


def _matrix(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    axes = (job.get("strategy") or {}).get("matrix") or {}
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
