"""What the engine does not know is an error that says what it knows. Nothing is ignored."""

from __future__ import annotations

import pytest

from tandem.engines import EngineError
from tandem.engines.offline import program
from tests.unit.tandem.offline.conftest import Stack

CASES = {
    "container('web', gpus='all')": "does not know property gpus of docker:index/container:Container (web); it knows",
    "container('web', mounts=[dict(type='volume', target='/d', volume_options=dict(no_copy=True))])": (
        "does not know property mounts.volumeOptions of docker:index/container:Container (web); it knows bindOptions,"
    ),
    "container('web', networks_advanced=[dict(name='n', ipv4_address='10.0.0.2')])": "networksAdvanced.ipv4Address",
    "docker.Network('n', ingress=True, opts=on())": "property ingress",
    "docker.Plugin('p', name='p', opts=on())": "does not know the type of docker:index/plugin:Plugin (p); it knows",
    "docker.Provider('q', context='other')": "does not know property context of pulumi:providers:docker (q)",
    "local('j', create='true', asset_paths=['x'])": "property assetPaths",
    "command.remote.Command('j', connection=dict(host='h'), create='true')": "does not run remote commands yet",
    "local('j', create='true', opts=pulumi.ResourceOptions(custom_timeouts={'create': '1m'}))": (
        "does not know the option custom_timeouts of command:local:Command (j); it knows depends_on,"
    ),
    "local('j', create='true', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='k')]))": "option aliases",
    "local('j', create='true', opts=pulumi.ResourceOptions(import_='x'))": "option import_",
    "local('j', create='true', opts=pulumi.ResourceOptions(hide_diffs=['stdin']))": "option hide_diffs",
    "local('j', create='true', opts=pulumi.ResourceOptions(replace_on_changes=['stdin']))": "option replace_on_changes",
    "local('j', create='true', opts=pulumi.ResourceOptions(additional_secret_outputs=['stdout']))": (
        "option additional_secret_outputs"
    ),
    "local('j', create='true', opts=pulumi.ResourceOptions(replacement_trigger='x'))": "option replacement_trigger",
    "local('j', create='true', opts=pulumi.ResourceOptions(deleted_with=provider))": "option deleted_with",
    "container('w', opts=on(ignore_changes=['labels[0]']))": 'knows whole properties and "*" in ignore_changes',
    "docker.get_network('n')": "does not look things up (docker:index/getNetwork:getNetwork)",
    "docker.Network.get('n', 'id')": "does not read resources it did not make: docker:index/network:Network (n)",
    "container('web', healthcheck=dict(tests=['CMD', 'true'], interval='1 minute'))": "is not a duration such as 30s",
}


@pytest.mark.filterwarnings("ignore:This resource is deprecated")  # pulumi_command's own, at its import
@pytest.mark.parametrize(("text", "said"), CASES.items())
def test_what_is_not_known_is_refused_by_name(stack: Stack, text: str, said: str) -> None:
    assert said in stack.refusal(stack.up, text)
    assert stack.docker.names == []


def test_a_preview_says_all_that_is_not_known_at_once(stack: Stack) -> None:
    text = "container('web', gpus='all'); docker.Network('n', ingress=True, opts=on())"
    assert "(and 1 more)" in stack.refusal(stack.preview, text)
    assert sorted(stack.failed) == ["n", "web"]


def test_another_sdk_is_refused(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "SDK", "3.1.0")
    assert "works with pulumi 3.1.0, not 3." in stack.refusal(stack.up, "")


def test_encrypted_config_is_refused_by_key(stack: Stack) -> None:
    stack.configure("""
        t:plain: x
        t:password: {secure: v1:abc}
        t:nested: {users: [{secure: v1:def}]}
        """)
    said = stack.refusal(stack.up, "")
    assert [line.split(": ")[1] for line in said.splitlines()] == ["t:password", "t:nested"]
    assert "can't decrypt" in said


def test_a_stack_file_that_is_not_there_is_named(stack: Stack) -> None:
    (stack.folder / "Pulumi.dev.yaml").unlink()
    assert "Pulumi.dev.yaml: there is no such stack file" in stack.refusal(stack.up, "")


def test_a_stack_of_another_engine_is_refused_by_every_operation(stack: Stack) -> None:
    stack.write("")
    stack.directory.mkdir(parents=True)
    (stack.directory / "engine").write_text("pulumi\n")
    for work in (stack.up, stack.preview, stack.destroy):
        assert "test-dev: this stack is run by the engine pulumi" in stack.refusal(work)
    assert list(stack.directory.iterdir()) == [stack.directory / "engine"]


def test_the_first_update_pins_the_engine_and_destroy_frees_it(stack: Stack) -> None:
    pin = stack.directory / "engine"
    stack.preview("")
    assert not pin.exists()
    stack.up()
    assert pin.read_text() == "offline\n"
    stack.destroy()
    assert not pin.exists()


def test_a_failed_first_update_that_made_nothing_pins_nothing(stack: Stack) -> None:
    (stack.program / "__main__.py").write_text("raise ValueError('no')")
    stack.refusal(stack.up)
    assert not (stack.directory / "engine").exists()


def test_a_second_update_at_the_same_time_is_refused_and_names_the_first(stack: Stack) -> None:
    stack.write("local('job', create='true')")
    said: list[str] = []

    def meanwhile(event: object) -> None:
        if not said:
            said.append("")
            with pytest.raises(EngineError) as raised:
                stack.engine.up(lambda event: None)
            said[0] = str(raised.value)

    stack.engine.up(meanwhile)
    assert said[0].startswith("another update of test-dev runs since ")
    assert "(pid " in said[0]
    assert not stack.up().changed


def test_a_dead_holder_of_the_lock_is_no_obstacle(stack: Stack) -> None:
    stack.directory.mkdir(parents=True)
    (stack.directory / "lock").write_text('{"pid": 1, "user": "x", "host": "h", "since": "then", "what": "up"}\n')
    assert stack.up("").counts == {"create": 1}


def test_a_broken_state_file_is_refused_not_overwritten(stack: Stack) -> None:
    stack.directory.mkdir(parents=True)
    state = stack.directory / "offline.json"
    state.write_text('{"version": 7}')
    assert "not a state file of the offline engine" in stack.refusal(stack.up, "")
    assert state.read_text() == '{"version": 7}'
