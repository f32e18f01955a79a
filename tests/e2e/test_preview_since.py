"""`tandem preview --since` as a fork's job runs it: a clone with commits, and no engine, state, secret or Docker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import names
from tandem.exits import FAILED, OK, REFUSED, USAGE
from tests.e2e.project import TANDEM, Ran

ROOMS = ("components", "config", "sources")
FILES = ("__main__.py", "Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.prod.yaml")
CANARY = "hunter2-canary-of-ci"
RENAMED = ("bucket: acme-prod-media ", "bucket: acme-prod-files ")
SECRET = f"""config:
  secrets:PASSWORD: {{secure: "v1:one"}}
  tandem:profile: local
  tandem:host: {{kind: local}}
  tandem:secrets: {{names: {{TOKEN: {{source: doppler}}, PASSWORD: {{source: stack}}}}}}
  tandem:apps:
    shop: {{port: 8000, health: {{kind: http, path: /}}, memory: 64, secrets: [TOKEN, PASSWORD, OF_THE_ENVIRONMENT]}}
  tandem:rollouts:
    shop: {{live: blue, blue: {{image: "sha256:{"1" * 64}"}}}}
"""
"""A stack with a secret of each kind that a fork's job does not have."""
NETWORK = """
import pulumi_docker
pulumi_docker.Network("extra", opts=pulumi.ResourceOptions(provider=host.docker))
"""


@dataclass(frozen=True)
class Clone:
    """A repository on a branch of its own, with the project at its top."""

    place: Path

    def git(self, *words: str) -> str:
        """Git in it, as somebody."""
        who = ["-c", "user.name=fork", "-c", "user.email=fork@example.com"]
        done = subprocess.run(["git", *who, *words], cwd=self.place, capture_output=True, text=True, check=True)
        return done.stdout

    def commit(self, **files: tuple[str, str]) -> None:
        """Replaces text in files (`Pulumi_prod_yaml` is Pulumi.prod.yaml) and commits that."""
        for name, (old, new) in files.items():
            self.edit(name.replace("_yaml", ".yaml").replace("Pulumi_", "Pulumi."), old, new)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change of a fork")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces text in a file."""
        text = (self.place / name).read_text()
        assert old in text
        (self.place / name).write_text(text.replace(old, new))

    def preview(self, stack: str = "prod", *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """`tandem preview --since main`, with the words behind."""
        command = [str(TANDEM), "-C", str(self.place), "-s", stack, "preview", "--since", "main", *words]
        environment = {**os.environ, **(env or {})}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """This program with its stacks, as one commit on `main`."""
    made = Clone(tmp_path_factory.mktemp("origin"))
    for room in ROOMS:
        shutil.copytree(names.ROOT / room, made.place / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(names.ROOT / name, made.place)
    (made.place / "Pulumi.secret.yaml").write_text(SECRET)
    made.git("init", "--quiet", "--initial-branch", "main")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "as it is")
    return made


@pytest.fixture
def fork(origin: Clone, tmp_path: Path) -> Iterator[Clone]:
    """A clone of it, on a branch."""
    origin.git("clone", "--quiet", ".", str(tmp_path / "fork"))
    made = Clone(tmp_path / "fork")
    made.git("checkout", "--quiet", "-b", "fork")
    yield made


def test_a_renamed_bucket_is_refused_and_the_comment_is_written(fork: Clone, tmp_path: Path) -> None:
    fork.commit(Pulumi_prod_yaml=RENAMED)
    file = tmp_path / "comment.md"
    refused = fork.preview("prod", "--markdown", "--output", str(file))

    assert refused.code == REFUSED, refused.text
    assert refused.out.splitlines()[0] == "<!-- tandem preview: tandem/prod -->"
    assert "- `storage-media`: a bucket would be replaced by `name`." in refused.out
    assert "- `web`: a new release takes over on green" in refused.out
    assert file.read_text() == refused.out
    assert fork.preview("prod", "--markdown", "--allow", "storage-media").code == OK


def test_what_main_did_meanwhile_is_not_this_branchs(fork: Clone) -> None:
    fork.commit(Pulumi_local_yaml=("config:", "# a remark\nconfig:"))
    fork.git("checkout", "--quiet", "main")
    fork.commit(Pulumi_prod_yaml=RENAMED)
    fork.git("checkout", "--quiet", "fork")
    quiet = fork.preview("prod", "--json")

    assert quiet.code == OK, quiet.text
    said = json.loads(quiet.out)
    assert (said["outcome"], said["changes"], said["moves"], said["engine"]) == ("unchanged", [], [], None)
    assert said["compared"]["head"] != said["compared"]["base"]


def test_each_sides_own_program_is_run(fork: Clone) -> None:
    program = (fork.place / "__main__.py").read_text()
    (fork.place / "__main__.py").write_text(program + NETWORK)
    fork.commit()
    said = json.loads(fork.preview("local", "--json").out)

    assert [(one["operation"], one["name"]) for one in said["changes"]] == [("create", "extra")]


def test_a_stack_that_comes_is_made_and_one_that_goes_is_refused(fork: Clone) -> None:
    fork.git("mv", "Pulumi.prod.yaml", "Pulumi.live.yaml")
    fork.commit()
    comes, goes = fork.preview("live", "--json"), fork.preview("prod", "--markdown")

    assert comes.code == OK, comes.text
    assert {one["operation"] for one in json.loads(comes.out)["changes"]} == {"create"}
    assert goes.code == REFUSED
    assert "`host-machine`: the machine would be deleted" in goes.out
    assert fork.preview("nosuch", "--markdown").code == USAGE


def test_mistakes_of_the_branch_are_a_comment(fork: Clone) -> None:
    fork.commit(Pulumi_prod_yaml=("profile: prod", "profile: mars"))
    invalid = fork.preview("prod", "--markdown")

    assert invalid.code == USAGE
    assert "Pulumi.prod.yaml: profile: must be one of" in invalid.out


def test_a_program_sees_no_token_and_its_failure_is_a_comment(fork: Clone) -> None:
    told = 'import os\nraise RuntimeError(sorted(f"{key}={value}" for key, value in os.environ.items()))\n'
    (fork.place / "__main__.py").write_text(told)
    fork.commit()
    environment = {"GITHUB_TOKEN": CANARY, "AWS_PROFILE": CANARY, "ANY_NAME": CANARY}
    failed = fork.preview("prod", "--markdown", env=environment)

    assert failed.code == FAILED
    assert "the program failed: RuntimeError" in failed.out
    assert "TANDEM_DECLARE_ONLY=1" in failed.out
    assert CANARY not in failed.text
    assert not any(f"{name}=" in failed.text for name in environment)


def test_a_secret_is_not_read_and_another_one_is_another_release(fork: Clone) -> None:
    fork.commit(Pulumi_secret_yaml=("v1:one", "v1:two"))
    made = fork.preview("secret", "--markdown")

    assert made.code == OK, made.text
    move = "- `shop`: a new release takes over on blue: `sha256:111111111111`, the image it has, with other settings"
    assert move in made.out
    assert "v1:two" not in made.text


def test_edits_that_no_commit_has_are_told(fork: Clone) -> None:
    fork.edit("Pulumi.prod.yaml", *RENAMED)
    quiet = fork.preview("prod", "--markdown")

    assert quiet.code == OK
    assert "uncommitted changes are not looked at" in quiet.out


def test_a_branch_that_is_not_there_and_a_folder_without_git_are_refused(fork: Clone, tmp_path: Path) -> None:
    unknown = fork.preview("prod", "--markdown", "--since", "origin/nosuch")
    shutil.rmtree(fork.place / ".git")
    nowhere = fork.preview("prod", "--markdown")

    assert (unknown.code, nowhere.code) == (USAGE, USAGE)
    assert "--since origin/nosuch: no such commit here; next: `git fetch`" in unknown.out
    assert "this is in no git repository" in nowhere.out
