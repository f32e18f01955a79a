"""What Google says of the versions of secrets: whether one may be read, and since when it is there. Never a value."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime

from config.secrets import Wanted
from tandem.cloud import gcloud

AT_ONCE = 8

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Version:
    """One version. `made`: the day it was made (UTC); `trouble`: why it is of no use."""

    made: date | None = None
    trouble: str = ""


def versions(
    project: str, stack: tuple[str, str], wanted: Mapping[str, Wanted], run: Run | None = None
) -> dict[str, Version]:
    """By secret. One that the stack is still to make is left out. `stack`: project and stack of Pulumi."""
    ask = run or gcloud.run
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda one: _version(ask, project, stack, one), wanted.values())
        found = dict(zip(wanted, answers, strict=True))
    return {name: version for name, version in found.items() if version is not None}


def _version(run: Run, project: str, stack: tuple[str, str], one: Wanted) -> Version | None:
    number = str(one.said.version or "latest")
    name = one.id_at_google(*stack)
    place = f"projects/{project}/secrets/{name}/versions/{number}"
    words = ["secrets", "versions", "describe", number, f"--secret={name}", f"--project={project}", "--format=json"]
    try:
        answer = run(["gcloud", *words, "--quiet"])
    except FileNotFoundError:
        return Version(trouble=f"{place} cannot be looked at: no `gcloud` on PATH")
    except subprocess.TimeoutExpired:
        return Version(trouble=f"{place} cannot be looked at: gcloud does not answer within {gcloud.LIMIT:g} s")
    if answer.returncode != 0:
        return None if one.made and "NOT_FOUND" in answer.stderr else _refused(place, answer.stderr)
    said = json.loads(answer.stdout)
    if said.get("state") != "ENABLED":
        return Version(trouble=f"{place} is {str(said.get('state')).lower()}: an update could not read it")
    return Version(datetime.fromisoformat(said["createTime"]).date())


def _refused(place: str, said: str) -> Version:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return Version(trouble=f"{place} cannot be looked at: {lines[0] if lines else 'gcloud failed'}")
