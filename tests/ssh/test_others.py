"""More than one who deploys: state, lock and engine are the host's, so another machine goes on where one stopped."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import load, processes
from tests.e2e.project import until
from tests.ssh.project import SshProject

DEPLOY = ("deploy", "web", "demo:2", "--json")

offline = pytest.mark.parametrize("engine", ["offline"], indirect=True)
"""With the profile `local` the engine `pulumi` keeps its state in one checkout; what is told here is the other's."""


@pytest.fixture
def other(web: SshProject, tmp_path_factory: pytest.TempPathFactory) -> SshProject:
    """Somebody else, with another checkout in another folder; the stack file travels as people let it travel."""
    web.ok("deploy", "web", "demo:1")
    return web.elsewhere(tmp_path_factory.mktemp("elsewhere"))


@offline
def test_another_checkout_goes_on_with_the_stack(web: SshProject, other: SshProject) -> None:
    before = web.containers()

    again = other.ok("up", "--json").summary["summary"]
    other.ok("deploy", "web", "demo:2")

    assert {again[operation] for operation in ("create", "update", "delete", "replace")} == {0}
    assert before.items() <= web.containers().items()
    web.file.write_bytes(other.file.read_bytes())
    web.ok("rollback", "web")
    assert web.served_by() == (200, next(iter(before)))


@offline
def test_two_at_once_are_one_after_the_other(web: SshProject, other: SshProject) -> None:
    first = subprocess.Popen(web.command(*DEPLOY), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: web.machine.run(f"flock -n /var/lib/tandem/{web.name}-e2e/lock true").returncode != 0)

    refused = other.run("up")
    waited = other.run("up", "--wait")
    first.communicate(timeout=60)

    assert refused.code == 4, refused.text
    assert "`deploy web` by" in refused.text
    assert (first.returncode, waited.code) == (0, 0), waited.text


@offline
def test_who_holds_the_stack_is_told_and_can_be_freed(web: SshProject, other: SshProject) -> None:
    # A holder whose machine is gone without a word: only the host still believes in him.
    keeper = subprocess.Popen(
        web.machine.ssh(f"exec flock /var/lib/tandem/{web.name}-e2e/lock sleep 300"), start_new_session=True
    )
    until(lambda: web.machine.run(f"flock -n /var/lib/tandem/{web.name}-e2e/lock true").returncode != 0)
    try:
        assert other.run("up").code == 4
        other.ok("unlock", "--yes")
        other.ok("up")
    finally:
        processes.kill(*processes.family(keeper.pid))
        keeper.wait()


@offline
def test_a_command_that_is_killed_lets_go_of_the_stack_and_another_converges(
    web: SshProject, other: SshProject
) -> None:
    with load.background(web.port, header="web.localhost", clients=4, fresh=2, think=0.02) as seen:
        for events in (1, 3, 5, 7):
            process = subprocess.Popen(
                web.command(*DEPLOY),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
            assert process.stdout is not None
            for said, line in enumerate(process.stdout, start=1):
                if said == events or "summary" in json.loads(line):
                    break
            processes.kill(*processes.family(process.pid))
            process.wait()

            other.ok("up", "--wait")
            status = other.status()
            assert other.served_by() == (200, status["release"])
            other.ok("deploy", "web", "demo:1", "--finalize")
            web.file.write_bytes(other.file.read_bytes())

    assert seen.lost == 0, str(seen)


def test_another_engine_is_refused_also_where_nobody_has_heard_of_the_first(web: SshProject, other: SshProject) -> None:
    serving = web.served_by()
    name = {"offline": "pulumi", "pulumi": "offline"}[web.engine]
    command = other.command("up")
    command[command.index("--engine") + 1] = name

    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)

    assert done.returncode == 3, done.stderr
    assert f"is run by the engine {web.engine}" in done.stderr
    assert web.served_by() == serving


@offline
def test_an_app_with_secrets_has_the_same_release_for_everybody(web: SshProject, tmp_path: Path) -> None:
    text = web.file.read_text().replace('"memory": 96', '"memory": 96, "secrets": ["API_TOKEN"]')
    web.file.write_text(text + "  tandem:secrets: {source: env}\n")
    secret = {"API_TOKEN": "a secret of the test"}
    assert web.run("deploy", "web", "demo:1", env=secret).code == 0
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    again = web.elsewhere(folder).run("up", "--json", env=secret)

    assert again.code == 0, again.text
    counts = again.summary["summary"]
    assert {counts[operation] for operation in ("create", "update", "delete", "replace")} == {0}
