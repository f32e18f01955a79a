"""When the pipeline is down: the same command on the machine itself, same file, same rules, no network in between."""

from __future__ import annotations

import shlex
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.names import ROOT
from tests.e2e.project import Project
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.image import Kind
from tests.machine.stack import stack_on

CHECKOUT, SITE, FOLDER = "/home/deploy/tandem", "/home/deploy/site", "/home/deploy/stack"
LEFT_OUT = ("pulumi_gcp*", "mypy*", "ruff*", "uv*", "debugpy*", "jedi*", "pip", "*.so.debug", "__pycache__")


@pytest.fixture(scope="module")
def host(swept: None) -> Iterator[Machine]:
    """A machine with this checkout and its packages in the home of who deploys."""
    with a_machine(Kind()) as made:
        made.load("demo:1", "demo:2", "tandem-gateway:local")
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        send(made, CHECKOUT, ["-C", str(ROOT), "--null", "--files-from=-"], tracked)
        site = sysconfig.get_paths()["purelib"]
        send(made, SITE, [*(f"--exclude={pattern}" for pattern in LEFT_OUT), "-C", site, "."])
        yield made


@pytest.fixture
def web(host: Machine, tmp_path: Path) -> Iterator[Project]:
    with stack_on(host, tmp_path) as made:
        yield made


def send(machine: Machine, where: str, tar: list[str], listing: bytes = b"") -> None:
    """Files of this machine, there and of who deploys."""
    packed = subprocess.run(
        ["tar", "-cf", "-", "--ignore-failed-read", *tar], input=listing, capture_output=True, check=True
    )
    unpack = f"mkdir -p {where} && tar -xf - -C {where} && chown -R deploy:deploy {where}"
    subprocess.run(["docker", "exec", "-i", machine.name, "sh", "-c", unpack], input=packed.stdout, check=True)


def there(machine: Machine, *words: str) -> subprocess.CompletedProcess[str]:
    """`tandem …` on the machine, by who deploys."""
    run = [
        "python3",
        "-c",
        "from tandem.cli import main; main()",
        "-C",
        FOLDER,
        "--stack",
        "e2e",
        "--engine",
        "offline",
    ]
    line = f"cd && PYTHONPATH={SITE}:{CHECKOUT} {shlex.join([*run, *words])}"
    return subprocess.run(
        machine.ssh(line), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False
    )


def test_a_deploy_from_the_machine_itself_is_one_like_any_other(host: Machine, web: Project) -> None:
    web.ok("up", "--yes")
    web.ok("deploy", "--yes", "web=demo:1")
    send(host, FOLDER, ["-C", str(web.directory), "."])
    host.sh(f"sed -i 's#^main: .*#main: {CHECKOUT}#; /virtualenv/d; /toolchain/d; /options:/d' {FOLDER}/Pulumi.yaml")

    same = there(host, "up", "--yes", "--json")
    assert same.returncode == 0, same.stdout + same.stderr
    assert '"create": 0, "update": 0, "replace": 0, "delete": 0' in same.stdout

    done = there(host, "deploy", "--yes", "web=demo:2")
    assert done.returncode == 0, done.stdout + done.stderr

    # Its file is the newest now; with that, everybody else goes on from there, and nothing is to do.
    web.file.write_text(host.sh(f"cat {web.file.name.join((FOLDER + '/', ''))}") + "\n")
    counts = web.ok("up", "--yes", "--json").summary["summary"]
    assert [counts[operation] for operation in ("create", "update", "replace", "delete")] == [0, 0, 0, 0]
    assert web.served_by()[0] == 200


def test_neither_a_network_nor_the_daemon_of_ssh_is_needed_for_that(host: Machine, web: Project) -> None:
    run = ["python3", "-c", "from tandem.cli import main; main()", "-C", FOLDER, "--stack", "e2e", "status"]
    # No connection of an earlier command either.
    line = f"cd && rm -rf .tandem/ssh && PYTHONPATH={SITE}:{CHECKOUT} {shlex.join(run)}"
    host.sh("systemctl stop ssh.service")
    try:
        said = host.run(f"su deploy -c {shlex.quote(line)}")
    finally:
        host.sh("systemctl start ssh.service")

    assert said.returncode == 0, said.stdout + said.stderr
    assert "web" in said.stdout
