"""Docker as the set-up may find it. Nothing here goes as far as starting a daemon: `make test-fresh` does."""

from __future__ import annotations

import pytest

from tests.unit.setup.checkout import Checkout

RUNNING = """
case "$*" in
    version*) echo 28.5.2 ;;
    *SecurityOptions*) echo "[name=seccomp,profile=default{security}]" ;;
    *Driver*) echo {driver} ;;
    *RootDir*) echo / ;;
    --version) echo "Docker version 28.5.2" ;;
esac
"""


def docker(driver: str = "overlay2", security: str = "") -> str:
    return RUNNING.format(driver=driver, security=security)


def test_a_docker_that_runs_is_never_touched(checkout: Checkout) -> None:
    checkout.command("docker", docker())
    for forbidden in ("apt-get", "dockerd", "systemctl"):
        checkout.command(forbidden, "exit 1")
    run = checkout.run("docker")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert {call.split()[0] for call in checkout.called()} == {"docker"}


def test_another_machines_docker_is_named(checkout: Checkout) -> None:
    checkout.command("docker", docker())
    assert "DOCKER_HOST is tcp://build:2375" in checkout.refusal("docker", DOCKER_HOST="tcp://build:2375")


def test_this_machines_socket_may_be_spelled_out(checkout: Checkout) -> None:
    checkout.command("docker", docker())
    assert checkout.run("docker", DOCKER_HOST="unix:///var/run/docker.sock").returncode == 0


def test_another_context_is_named(checkout: Checkout) -> None:
    checkout.command("docker", docker())
    assert "context is 'colima'" in checkout.refusal("docker", DOCKER_CONTEXT="colima")
    config = checkout.home / ".docker"
    config.mkdir()
    (config / "config.json").write_text('{\n\t"auths": {},\n\t"currentContext": "desktop-linux"\n}')
    assert "context is 'desktop-linux'" in checkout.refusal("docker")


def test_podman_is_named(checkout: Checkout) -> None:
    checkout.command("docker", 'echo "podman version 5.4.0"')
    assert "podman" in checkout.refusal("docker")


def test_a_rootless_docker_is_named(checkout: Checkout) -> None:
    checkout.command("docker", docker(security=" name=rootless"))
    assert "rootless" in checkout.refusal("docker")


def test_the_storage_driver_vfs_is_refused(checkout: Checkout) -> None:
    checkout.command("docker", docker(driver="vfs"))
    assert "vfs" in checkout.refusal("docker")


def test_an_absent_docker_is_not_installed_by_just_anybody(checkout: Checkout) -> None:
    checkout.command("id", "echo 1000")
    checkout.command("apt-get", "exit 1")
    assert "Docker is " in checkout.refusal("docker")
    assert not [call for call in checkout.called() if call.startswith("apt-get")]


@pytest.mark.parametrize(("free", "accepted"), [(5 * 1048576, False), (6 * 1048576, True)])
def test_the_disk_is_measured_first(checkout: Checkout, free: int, accepted: bool) -> None:
    checkout.command("df", f'echo "Filesystem 1024-blocks Used Available"; echo "/dev/vda 9 9 {free}"')
    run = checkout.run("disk", "6")
    assert run.returncode == (0 if accepted else 2)
    if not accepted:
        assert "6 GB must be free" in run.stderr
        assert "5 GB are" in run.stderr


def test_the_disk_is_measured_where_docker_keeps_its_images(checkout: Checkout) -> None:
    checkout.command("docker", docker().replace("echo /", f"echo {checkout.home}/not/yet/there"))
    checkout.command("df", 'echo "Filesystem 1024-blocks Used Available"; echo "/dev/vda 9 9 99999999"')
    assert checkout.run("disk", "6").returncode == 0
    assert f"df -Pk {checkout.home}" in checkout.called()
