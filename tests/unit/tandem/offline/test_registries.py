"""Registries that ask who one is: the provider's login goes with the pull, and into nothing else."""

from __future__ import annotations

from tandem.engines.offline.resources.docker import DockerError, Login
from tests.unit.tandem.offline.conftest import Stack

PASSWORD = "hunter2-canary"
PROGRAM = """
logins = [docker.ProviderRegistryAuthArgs(
    address="ghcr.io", username=pulumi.Output.secret("acme"), password=pulumi.Output.secret("PASSWORD"))]
there = docker.Provider("there", host="unix:///fake.sock", registry_auth=logins)
docker.Container("web", image="IMAGE", opts=pulumi.ResourceOptions(provider=there))
"""


def program(image: str, password: str = PASSWORD) -> str:
    return PROGRAM.replace("IMAGE", image).replace("PASSWORD", password)


def test_a_pull_goes_with_the_login_of_the_images_registry_only(stack: Stack) -> None:
    stack.refusal(stack.up, program("ghcr.io/acme/web:9"))
    stack.refusal(stack.up, program("demo:9"))

    assert stack.docker.logins == {"ghcr.io/acme/web:9": Login("acme", PASSWORD), "demo:9": None}
    assert stack.docker.called("pull_image") == ["ghcr.io/acme/web:9", "demo:9"]


def test_the_password_is_in_no_file_of_the_stack(stack: Stack) -> None:
    stack.refusal(stack.up, program("ghcr.io/acme/web:9"))
    stack.up(program("demo:1"))

    kept = [file for file in stack.directory.rglob("*") if file.is_file()]
    assert kept
    assert [file.name for file in kept if PASSWORD.encode() in file.read_bytes()] == []


def test_a_pull_after_a_run_without_changes_has_the_login_too(stack: Stack) -> None:
    stack.up(program("demo:1"))
    stack.refusal(stack.up, program("ghcr.io/acme/web:9"))

    assert stack.docker.logins == {"ghcr.io/acme/web:9": Login("acme", PASSWORD)}


def test_a_new_password_is_an_update_of_the_provider_alone(stack: Stack) -> None:
    stack.up(program("demo:1"))

    assert dict(stack.up(program("demo:1", "another")).counts)["update"] == 1


def test_a_registrys_refusal_never_shows_the_password(stack: Stack) -> None:
    stack.docker.before["pull_image"] = DockerError(f"denied: {PASSWORD}")

    assert "denied: [secret]" in stack.refusal(stack.up, program("ghcr.io/acme/web:9"))
