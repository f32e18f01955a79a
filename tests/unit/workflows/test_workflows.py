"""What must be so of every workflow; what a linter can say is `jactionlint`'s, in setup/check."""

from __future__ import annotations

import re

import pytest

from config.load import parse, read_file
from config.names import GOOGLE_PLUGIN, ROOT
from tandem.engines.choose import PLUGINS
from tests.unit.workflows.longest import longest_deploy
from tests.unit.workflows.written import FOLDER, Job, jobs, steps, workflows

STACKS = [file for file in sorted(ROOT.glob("Pulumi.*.yaml")) if "tandem:" in file.read_text()]
MOVES = re.compile(r"tandem (deploy|rollback|up)\b")
MOVING = [job for job in jobs() if any(MOVES.search(step.get("run", "")) for step in steps(job.said))]
ALLOWED = {
    "build:build": {"contents: read", "packages: write"},
    "check:test": {"contents: read"},
    "deploy:deploy": {"contents: write", "id-token: write"},
    "drift:drift": {"contents: read", "id-token: write", "issues: write"},
    "preview:ours": {"contents: read", "id-token: write", "pull-requests: write"},
    "preview:forks": {"contents: read"},
    "release:version": {"contents: write"},
    "release:build": {"contents: read", "packages: write"},
    "release:dev": {"contents: write", "id-token: write"},
    "release:staging": {"contents: write", "id-token: write"},
    "release:prod": {"contents: write", "id-token: write"},
    "rollback:rollback": {"contents: write", "id-token: write"},
}
"""Job → everything its token may do."""


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.yml")), ids=lambda file: str(file.relative_to(FOLDER)))
def test_actions_of_others_are_pinned_by_commit_and_say_their_version(file: object) -> None:
    text = (FOLDER / str(file)).read_text()
    used = re.findall(r"uses: (\S+)(.*)", text)
    wrong = [
        action
        for action, rest in used
        if not action.startswith("./")
        and not (re.search(r"@[0-9a-f]{40}$", action) and re.fullmatch(r"  # v\d+\.\d+\.\d+", rest))
    ]
    assert wrong == []


def test_one_action_has_one_version_everywhere() -> None:
    used: dict[str, set[str]] = {}
    for file in FOLDER.rglob("*.yml"):
        for action, commit in re.findall(r"uses: ([^.\s][^@\s]*)@(\S+)", file.read_text()):
            used.setdefault(action, set()).add(commit)
    assert {action: commits for action, commits in used.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("job", jobs(), ids=str)
def test_a_token_may_do_what_is_listed_here_and_nothing_else(job: Job) -> None:
    given = job.said.get("permissions", workflows()[job.workflow]["permissions"])
    assert {f"{what}: {how}" for what, how in given.items()} == ALLOWED[str(job)]


def test_nothing_runs_a_strangers_code_with_the_repositorys_rights() -> None:
    assert [name for name, said in workflows().items() if {"pull_request_target", "workflow_run"} & {*said["on"]}] == []


@pytest.mark.parametrize("job", jobs(), ids=str)
def test_a_job_has_a_limit_unless_the_workflow_that_it_calls_has(job: Job) -> None:
    assert ("uses" in job.said) != (job.said.get("timeout-minutes", 0) > 0)


@pytest.mark.parametrize("job", MOVING, ids=str)
def test_a_job_that_moves_a_stack_outlasts_the_longest_legal_deploy(job: Job) -> None:
    assert STACKS
    longest = {file.name: longest_deploy(parse(read_file(file), file.name)) for file in STACKS}
    assert job.said["timeout-minutes"] * 60 > max(longest.values()), longest


@pytest.mark.parametrize("job", MOVING, ids=str)
def test_a_job_that_moves_a_stack_is_approved_never_cancelled_and_commits_what_it_wrote(job: Job) -> None:
    assert job.said["environment"] == "${{ inputs.environment }}"
    assert job.said["concurrency"] == {
        "group": job.name + "-${{ inputs.environment }}",
        "cancel-in-progress": False,
        "queue": "max",
    }
    moves = [step["run"] for step in steps(job.said) if MOVES.search(step.get("run", ""))]
    assert [move for move in moves if "--commit --wait --yes" not in move] == []


@pytest.mark.parametrize("job", jobs(), ids=str)
def test_a_step_is_a_line_or_two_that_run_on_a_laptop_too(job: Job) -> None:
    for step in steps(job.said):
        assert "${{" not in step.get("run", ""), "what GitHub fills in belongs in env, where a shell cannot be fooled"
        assert len(step.get("run", "").splitlines()) <= 3


def test_the_engine_is_the_one_that_the_command_asks_for() -> None:
    ready = (FOLDER / "actions/ready/action.yml").read_text()
    installed = re.findall(r"plugin install resource (\S+) (\S+)", ready)
    assert [f"{name}-v{version}" for name, version in installed] == [*PLUGINS, f"gcp-v{GOOGLE_PLUGIN}"]
