"""The whole program on mocked resources: what it registers, in which relation, with which options."""

from __future__ import annotations

import pytest

from config import names
from tests import engine, stacks
from tests.engine import SECRET_KEY, Program, Registered

CONTAINER = "docker:index/container:Container"
COMMAND = "command:local:Command"


def app_containers(program: Program) -> list[Registered]:
    return [container for container in program.of(CONTAINER) if container.name != "gateway"]


def test_an_empty_rollout_makes_a_gateway_and_a_closed_switch_and_no_container() -> None:
    program = engine.seen(stacks.stack())

    assert app_containers(program) == []
    told = program.one("switch-web").inputs["stdin"].splitlines()
    assert not any(line.startswith("release ") for line in told)
    assert told[-1] == "end"


def test_each_release_has_its_own_urn_and_no_fixed_name() -> None:
    program = engine.seen(stacks.prepared())

    assert [container.name.rsplit("-", 1)[0] for container in app_containers(program)] == ["web-blue", "web-green"]
    assert all("name" not in container.inputs for container in app_containers(program))


def test_app_containers_are_never_deleted_first() -> None:
    program = engine.seen(stacks.switched())

    assert {container.delete_before_replace for container in app_containers(program)} == {False}


def test_a_stop_first_app_is_one_urn_deleted_first() -> None:
    config = stacks.stack({"live": "blue", "blue": {"image": stacks.IMAGE_1}})
    config["apps"]["web"] = {"swap": "stop_first", "memory": 64, "health": {"kind": "log", "pattern": "ready"}}
    program = engine.seen(config)

    assert program.one("web").delete_before_replace is True
    assert not any(resource.name.startswith("guard-") for resource in program.resources)


def test_a_frozen_standby_keeps_its_hash_and_ignores_every_change() -> None:
    before = engine.seen(stacks.switched()).one(f"web-green-{stacks.FROZEN}")
    after = engine.seen(stacks.switched(env={"NEW": "1"})).one(f"web-green-{stacks.FROZEN}")

    assert before.ignore_changes == after.ignore_changes == ("*",)


def test_editing_the_settings_gives_the_live_colour_a_new_release_beside_the_old() -> None:
    def live(program: Program) -> str:
        return str(program.outputs["live"]["web"])

    assert live(engine.seen(stacks.switched())) != live(engine.seen(stacks.switched(env={"NEW": "1"})))


def test_app_containers_are_hardened_and_publish_nothing() -> None:
    for container in app_containers(engine.seen(stacks.prepared())):
        assert container.inputs["capabilities"] == {"adds": [], "drops": ["ALL"]}
        assert container.inputs["securityOpts"] == ["no-new-privileges:true"]
        assert container.inputs["memory"] == container.inputs["memorySwap"] == 128
        assert container.inputs["ulimits"][0]["name"] == "nproc"
        assert container.inputs["logOpts"] == {"max-size": "10m", "max-file": "3"}
        assert "ports" not in container.inputs


def test_the_switch_waits_for_every_guard_and_each_guard_for_its_container() -> None:
    program = engine.seen(stacks.switched())
    guards = [resource for resource in program.resources if resource.name.startswith("guard-")]

    assert len(guards) == 2
    assert {guard.name for guard in guards} <= set(program.one("switch-web").depends_on)
    for guard in guards:
        assert guard.name.removeprefix("guard-") in guard.depends_on
        assert "gateway" in guard.depends_on
        assert {"create", "update", "triggers"} & set(guard.inputs) == set()


def test_the_switch_is_told_the_live_release_first_and_by_container_name() -> None:
    program = engine.seen(stacks.switched())
    lines = program.one("switch-web").inputs["stdin"].splitlines()
    live = program.outputs["live"]["web"]

    assert f"release {live}" in lines
    assert [line for line in lines if line.startswith("upstream ")] == [
        f"upstream {live} web-{live}-0000000 8000",
        f"upstream green-{stacks.FROZEN} web-green-{stacks.FROZEN}-0000000 8000",
    ]


def test_the_switch_updates_in_place() -> None:
    switch = engine.seen(stacks.switched()).one("switch-web")

    assert "triggers" not in switch.inputs
    assert switch.inputs["addPreviousOutputInEnv"] is False


def test_a_deploy_changes_no_input_of_the_gateway_container() -> None:
    one, two = engine.seen(stacks.stable()), engine.seen(stacks.switched())

    assert one.one("gateway").inputs == two.one("gateway").inputs


def test_every_docker_resource_has_the_hosts_own_provider() -> None:
    docker = [resource for resource in engine.seen(stacks.switched()).resources if resource.type.startswith("docker:")]

    assert {resource.provider for resource in docker} == {"host-docker"}


def test_data_volumes_outlive_the_stack() -> None:
    program = engine.run(
        stacks.stable(volumes={"uploads": {"path": "/data", "purpose": "user uploads", "writable": True}})
    )
    volume = program.one("web-uploads")

    assert volume.retain_on_delete
    assert volume.inputs["name"] == "tandem-test-web-uploads"


def test_no_secret_reaches_a_resource_unmarked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_FINGERPRINT_KEY", "key")
    monkeypatch.setenv("API_TOKEN", "hunter2-canary")
    program = engine.run(stacks.stable(secrets=["API_TOKEN"]))

    assert [path for resource in program.resources for path in _plain(resource.inputs, resource.name)] == []
    assert "hunter2-canary" not in repr(program.outputs)


def test_a_missing_secret_names_the_secret_and_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_TOKEN", raising=False)

    with pytest.raises(Exception, match="secret API_TOKEN: not in the environment"):
        engine.run(stacks.stable(secrets=["API_TOKEN"]))


@pytest.mark.parametrize(
    ("variable", "value"), [("DOCKER_CONTEXT", "elsewhere"), ("DOCKER_HOST", "tcp://10.0.0.1:2375")]
)
def test_a_stray_docker_setting_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(Exception, match=f"{variable}={value} is set, but"):
        engine.run(stacks.stable())


@pytest.mark.parametrize("variable", ["DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_SSH_OPTS"])
def test_on_an_ssh_host_every_docker_setting_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "default")

    with pytest.raises(Exception, match=f"{variable}=default is set, but this stack's host is `ssh`"):
        engine.run(stacks.on_ssh())


def test_the_docker_of_an_ssh_host_waits_until_the_machine_is_ready() -> None:
    program = engine.seen(stacks.on_ssh())

    assert program.one("host-docker").depends_on[-1:] == ("host-ready",)


def test_what_runs_on_an_ssh_host_does_not_depend_on_where_the_checkout_is() -> None:
    program = engine.seen(stacks.on_ssh())

    assert str(names.ROOT) not in str([resource.inputs for resource in program.resources])


def _plain(value: object, path: str) -> list[str]:
    """Where the canary stands outside a secret envelope."""
    if isinstance(value, dict):
        if SECRET_KEY in value:
            return []
        return [found for key, item in value.items() for found in _plain(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _plain(item, f"{path}[{index}]")]
    return [path] if "hunter2-canary" in str(value) else []
