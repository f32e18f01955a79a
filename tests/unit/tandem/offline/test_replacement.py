"""What replaces, what changes in place, and which of two objects comes first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.tandem.offline.conftest import Stack

DEFAULT = "on()"
CREATE_FIRST = "on(delete_before_replace=False)"


def web(options: str = DEFAULT, **inputs: Any) -> str:
    return f"container('web', opts={options}, **{inputs!r})"


def order(stack: Stack) -> list[str]:
    return [call for call, _ in stack.docker.calls if call in ("create_container", "remove_container")]


def test_a_changed_container_is_deleted_first_unless_the_program_says_otherwise(stack: Stack) -> None:
    stack.up(web())
    stack.docker.calls.clear()
    result = stack.up(web(image="demo:2"))
    assert result.counts == {"replace": 1, "same": 1}
    assert order(stack) == ["remove_container", "create_container"]
    assert len(stack.docker.names) == 1


def test_create_before_delete_makes_the_new_one_first_and_counts_once(stack: Stack) -> None:
    stack.up(web(CREATE_FIRST))
    stack.docker.calls.clear()
    result = stack.up(web(CREATE_FIRST, image="demo:2"))
    assert order(stack) == ["create_container", "remove_container"]
    assert result.counts == {"replace": 1, "same": 1}
    assert stack.steps == [("replace", "web"), ("delete", "web")]


def test_the_old_object_of_a_failed_update_goes_in_the_next_good_one(stack: Stack) -> None:
    stack.up(web(CREATE_FIRST))
    old = stack.docker.names[0]
    failing = "\nlocal('job', create='exit 1', opts=pulumi.ResourceOptions(depends_on=[box]))"
    stack.refusal(stack.up, "box = " + web(CREATE_FIRST, image="demo:2") + failing)
    assert old in stack.docker.names
    result = stack.up(web(CREATE_FIRST, image="demo:2"))
    assert result.counts == {"same": 2, "delete": 1}
    assert old not in stack.docker.names


@pytest.mark.parametrize(
    "inputs",
    [
        {"memory": 64, "memory_swap": 64},
        {"restart": "unless-stopped"},
        {"cpu_shares": 512},
        {"memory_reservation": 32},
    ],
    ids=str,
)
def test_limits_and_restart_policy_change_in_the_running_container(stack: Stack, inputs: dict[str, Any]) -> None:
    stack.up(web())
    name = stack.docker.names[0]
    assert stack.up(web(**inputs)).counts == {"update": 1, "same": 1}
    assert stack.docker.names == [name]
    assert len(stack.docker.called("update_container")) == 1


def test_a_longer_grace_is_only_noted_for_the_delete(stack: Stack) -> None:
    stack.up(web())
    stack.up(web(destroy_grace_seconds=30))
    assert stack.docker.called("update_container") == []
    name = stack.docker.names[0]
    stack.destroy()
    assert stack.docker.called("stop_container") == [(name, 30)]


def test_the_order_of_env_labels_and_mounts_changes_nothing(stack: Stack) -> None:
    labels = [{"label": "a", "value": "1"}, {"label": "b", "value": "2"}]
    stack.up(web(envs=["A=1", "B=2"], labels=labels))
    assert not stack.up(web(envs=["B=2", "A=1"], labels=labels[::-1])).changed


def test_the_order_of_a_command_line_matters(stack: Stack) -> None:
    stack.up(web(command=["a", "b"]))
    assert stack.up(web(command=["b", "a"])).counts["replace"] == 1


def test_a_network_with_a_chosen_name_takes_its_containers_along(stack: Stack) -> None:
    text = """
    net = docker.Network("net", name="net", driver={driver!r}, opts=on())
    box = container("web", networks_advanced=[dict(name=net.name)])
    local("switch", create="cat", stdin=box.name)
    """
    stack.up(text.format(driver="bridge"))
    stack.docker.calls.clear()
    preview = stack.preview(text.format(driver="macvlan"))
    result = stack.up()
    assert result.counts == preview.counts == {"replace": 2, "update": 1, "same": 1}
    assert [call for call, _ in stack.docker.calls if "inspect" not in call and "start" not in call] == [
        "stop_container",
        "remove_container",
        "remove_network",
        "create_network",
        "create_container",
    ]


def test_a_network_with_a_made_up_name_is_created_before_the_old_one_goes(stack: Stack) -> None:
    text = "docker.Network('net', driver={!r}, opts=on())"
    stack.up(text.format("bridge"))
    stack.docker.calls.clear()
    stack.up(text.format("macvlan"))
    assert [call for call, _ in stack.docker.calls] == ["create_network", "remove_network"]


def test_changed_triggers_run_create_now_and_the_old_delete_at_the_end(stack: Stack) -> None:
    log = stack.folder / "log"
    text = "local('job', create='echo +{0} >> {1}', delete='echo -{0} >> {1}', triggers=[{0}])"
    stack.up(text.format(1, log))
    assert stack.up(text.format(2, log)).counts == {"replace": 1, "same": 1}
    assert log.read_text().split() == ["+1", "+2", "-1"]


def test_a_changed_command_runs_its_update_else_its_create(stack: Stack) -> None:
    text = "pulumi.export('said', local('job', create='echo create', stdin={!r}{}).stdout)"
    assert stack.up(text.format("1", "")).outputs == {"said": "create"}
    assert stack.up(text.format("2", ", update='echo update'")).outputs == {"said": "update"}
    assert stack.up(text.format("3", "")).outputs == {"said": "create"}
    assert stack.up(text.format("3", ", delete='true'")).counts["update"] == 1


def test_a_command_hears_what_it_said_before(stack: Stack) -> None:
    text = """
    job = command.local.Command("job", create="echo $((1 + ${PULUMI_COMMAND_STDOUT:-0}))", stdin=config.require("n"))
    pulumi.export("n", job.stdout)
    """
    stack.configure('t:n: "1"')
    assert stack.up(text).outputs == {"n": "1"}
    stack.configure('t:n: "2"')
    assert stack.up(text).outputs == {"n": "2"}


def test_a_command_without_create_runs_nothing_until_its_delete_gets_the_recorded_input(stack: Stack) -> None:
    said = stack.folder / "said"
    stack.up(f"local('guard', stdin='web-1', delete='cat > {said}')")
    assert not said.exists()
    stack.destroy()
    assert said.read_text() == "web-1"


def test_ignored_properties_stay_as_recorded(stack: Stack) -> None:
    stack.up(web())
    frozen = "on(delete_before_replace=False, ignore_changes=['*'])"
    assert not stack.up(web(frozen, image="demo:2", memory=64)).changed
    # Only the property that is named stays; another one replaces, and the replacement still has the recorded image.
    partly = "on(ignore_changes=['image'])"
    assert stack.up(web(partly, image="demo:2", envs=["A=1"])).counts["replace"] == 1
    (box,) = stack.docker.containers.values()
    assert (box["Config"]["Image"], box["Config"]["Env"]) == ("demo:1", ["A=1"])


def test_ignored_properties_are_also_what_the_program_sees(stack: Stack) -> None:
    text = "pulumi.export('image', container('web', image={!r}, opts=on(ignore_changes=['*'])).image)"
    stack.up(text.format("demo:1"))
    assert stack.up(text.format("demo:2")).outputs == {"image": "demo:1"}


def test_a_protected_resource_is_neither_replaced_nor_deleted(stack: Stack) -> None:
    stack.up(web("on(protect=True)"))
    name = stack.docker.names
    assert "web is protected" in stack.refusal(stack.up, web("on(protect=True)", image="demo:2"))
    assert "web is protected" in stack.refusal(stack.up, "")
    assert "web is protected" in stack.refusal(stack.destroy)
    assert stack.docker.names == name
    stack.up(web())
    stack.destroy()
    assert stack.docker.names == []


def test_a_retained_volume_is_forgotten_and_found_again(stack: Stack) -> None:
    text = "pulumi.export('at', docker.Volume('data', name='data', opts=on(retain_on_delete=True)).mountpoint)"
    stack.up(text)
    stack.destroy()
    assert stack.docker.called("remove_volume") == []
    assert stack.state.is_empty
    assert stack.up(text).outputs == {"at": "/volumes/data"}


def test_destroy_closes_the_switch_then_asks_the_guards_then_deletes(stack: Stack) -> None:
    stack.up("""
    net = docker.Network("net", name="net", opts=on())
    box = container("web", networks_advanced=[dict(name="net")], opts=on(depends_on=[net]))
    guard = local("guard", stdin=box.name, delete="true")
    local("switch", create="true", delete="true", opts=pulumi.ResourceOptions(depends_on=[guard]))
    """)
    result = stack.destroy()
    assert stack.steps == [("delete", name) for name in ("switch", "guard", "web", "net", "docker")]
    assert result.counts == {"delete": 5}
    assert result.outputs == {}


def test_destroy_stops_at_a_refusing_guard(stack: Stack) -> None:
    stack.up("local('guard', stdin=container('web').name, delete='echo serves >&2; exit 75')")
    assert "serves" in stack.refusal(stack.destroy)
    assert len(stack.docker.names) == 1


def test_an_image_is_built_once_and_kept_when_the_program_says_so(stack: Stack) -> None:
    (stack.program / "image").mkdir()
    text = """
    build = docker.RemoteImageBuildArgs(context="image", build_args={"BASE": "b"}, network_mode="host")
    image = docker.RemoteImage("app", name="app:1", build=build, keep_locally=True, opts=on())
    container("web", image=image.image_id)
    """
    assert stack.up(text).counts["create"] == 3
    assert not stack.up(text).changed
    stack.destroy()
    assert stack.docker.called("build_image") == ["app:1"]
    assert stack.docker.called("remove_image") == []


def test_a_replaced_image_of_the_same_name_keeps_its_name(stack: Stack) -> None:
    (stack.program / "image").mkdir()
    text = "docker.RemoteImage('app', name='app:1', build=dict(context='image'), triggers=dict(n={!r}), opts=on())"
    stack.up(text.format("1"))
    assert stack.up(text.format("2")).counts["replace"] == 1
    assert "app:1" in stack.docker.images
    stack.destroy()
    assert "app:1" not in stack.docker.images
