"""What the switch and the guards are told: canary, way back, what drains, and the wait for a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from components import spec
from components.switch import receipt
from config.apps import App
from config.rollout import Colour, Rollout
from tests import engine, stacks
from tests.engine import Program

RELEASES: dict[Colour, str] = {"blue": "blue-11111111", "green": "green-22222222"}
GREEN, OLD_BLUE = f"green-{stacks.FROZEN}", "blue-4e5f6a7b"


def rollout(**said: Any) -> Rollout:
    return Rollout.model_validate({"live": "blue", "blue": {"image": "demo:1"}, "green": {"image": "demo:2"}, **said})


def told(program: Program, name: str = "switch-web") -> list[str]:
    return str(program.one(name).inputs["stdin"]).splitlines()


def values(lines: list[str], key: str) -> list[str]:
    return [line.removeprefix(f"{key} ") for line in lines if line.startswith(f"{key} ")]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (Rollout(), spec.Routes()),
        (rollout(green=None), spec.Routes("blue-11111111")),
        (rollout(), spec.Routes("blue-11111111")),
        (rollout(standby="next"), spec.Routes("blue-11111111")),
        (rollout(canary=25), spec.Routes("blue-11111111", canary=(25, "green-22222222"), back="blue-11111111")),
        (rollout(standby="previous"), spec.Routes("blue-11111111", back="green-22222222")),
    ],
    ids=lambda value: value.phase if isinstance(value, Rollout) else "",
)
def test_routes_follow_the_phase(value: Rollout, wanted: spec.Routes) -> None:
    assert spec.routes(value, RELEASES) == wanted


def test_a_canary_is_told_with_its_percent_and_goes_back_to_the_live_release() -> None:
    program = engine.seen(stacks.canary(25))
    lines, live = told(program), program.outputs["live"]["web"]
    standby = program.outputs["releases"]["web"]["green"]["release"]

    assert values(lines, "canary") == [f"25 {standby}"]
    assert values(lines, "back") == [live] == values(lines, "release")


def test_a_growing_canary_changes_the_switch_and_nothing_else() -> None:
    one, two = engine.seen(stacks.canary(10)), engine.seen(stacks.canary(50))
    changed = [was.name for was, now in zip(one.resources, two.resources, strict=True) if was.inputs != now.inputs]

    assert changed == ["switch-web"]


def test_every_upstream_has_its_image() -> None:
    program = engine.seen(stacks.switched())
    releases = [line.split()[0] for line in values(told(program), "upstream")]

    assert values(told(program), "image") == [f"{releases[0]} {stacks.IMAGE_1}", f"{releases[1]} {stacks.IMAGE_2}"]


def test_the_watch_is_told_and_ends_the_spec() -> None:
    watch = {"window": "1m0s", "bad": "warn", "slower": "off"}

    assert told(engine.seen(stacks.stable(watch=watch)))[-4:] == ["window 60", "bad warn", "slower off", "end"]


def test_an_app_without_a_port_has_nothing_to_watch_and_no_pointer() -> None:
    worker = App.model_validate({"health": {"kind": "log", "pattern": "ready"}})
    wanted = spec.routes(rollout(standby="previous"), RELEASES)
    lines = spec.switch(worker, wanted, [], gateway=None, default_host="worker").splitlines()

    assert {line.split()[0] for line in lines} == {"release", "health", "pattern", "passes", "timeout", "end"}


class TestDraining:
    def test_it_keeps_its_container_as_it_was_made(self) -> None:
        program = engine.seen(stacks.draining(env={"NEW": "1"}))

        for release in (GREEN, OLD_BLUE):
            container = program.one(f"web-{release}")
            assert container.ignore_changes == ("*",)
            assert container.delete_before_replace is False

    def test_it_is_never_started_anew_where_its_container_is_gone(self) -> None:
        container = engine.seen(stacks.draining()).one(f"web-{GREEN}")

        assert (container.inputs["start"], container.inputs["mustRun"]) == (False, False)

    def test_it_has_a_guard_that_the_switch_waits_for(self) -> None:
        program = engine.seen(stacks.draining())

        for release in (GREEN, OLD_BLUE):
            assert f"release {release}" in told(program, f"guard-web-{release}")
            assert f"guard-web-{release}" in program.one("switch-web").depends_on

    def test_it_gets_no_traffic(self) -> None:
        lines = told(engine.seen(stacks.draining()))

        assert not any(release in line for line in lines for release in (GREEN, OLD_BLUE))

    def test_it_changes_nothing_that_the_switch_is_told(self) -> None:
        assert told(engine.seen(stacks.draining())) == told(engine.seen(stacks.stable()))

    def test_it_is_an_output(self) -> None:
        outputs = engine.seen(stacks.draining()).outputs["draining"]

        assert outputs == {
            "web": [
                {"release": release, "image": stacks.IMAGE_2, "container": f"web-{release}-0000000"}
                for release in (GREEN, OLD_BLUE)
            ]
        }

    def test_a_release_that_has_a_colour_again_is_declared_once(self) -> None:
        config = stacks.draining()
        config["rollouts"]["web"] |= {"green": {"image": stacks.IMAGE_2, "frozen": stacks.FROZEN}}
        live = engine.seen(stacks.stable()).outputs["live"]["web"]
        config["rollouts"]["web"]["draining"][1]["frozen"] = live.split("-")[1]
        program = engine.seen(config)

        assert program.outputs["draining"] == {"web": []}
        assert program.one(f"web-{live}").ignore_changes == ()
        assert "start" not in program.one(f"web-{live}").inputs

    def test_an_app_without_a_port_has_no_connections_and_drains_nothing(self) -> None:
        config = stacks.draining()
        config["apps"]["web"] = {"swap": "stop_first", "memory": 64, "health": {"kind": "log", "pattern": "ready"}}
        program = engine.seen(config)

        assert program.outputs["draining"] == {"web": []}
        assert {one.name for one in program.of("docker:index/container:Container")} == {"gateway", "web"}


class TestVerdict:
    def test_nothing_waits_unless_the_app_asks_for_it(self) -> None:
        assert not any(resource.name.startswith("verdict-") for resource in engine.seen(stacks.switched()).resources)

    def test_the_wait_is_a_resource_after_the_switch(self) -> None:
        program = engine.seen(stacks.switched(watch={"window": "20s", "wait": True}))
        verdict = program.one("verdict-web")

        assert "switch-web" in verdict.depends_on
        assert "delete" not in verdict.inputs
        assert told(program, "verdict-web") == [f"release {program.outputs['live']['web']}", "limit 30", "end"]

    @pytest.mark.parametrize("percent", [10, 50])
    def test_in_a_canary_it_is_about_the_canary_and_anew_for_each_weight(self, percent: int) -> None:
        program = engine.seen(stacks.canary(percent, watch={"wait": True}))
        standby = program.outputs["releases"]["web"]["green"]["release"]

        assert f"release {standby}" in told(program, f"verdict-web-canary-{percent}")

    def test_a_closed_app_has_none(self) -> None:
        program = engine.seen(stacks.stack(watch={"wait": True}))

        assert not any(resource.name.startswith("verdict-") for resource in program.resources)


class TestReceipt:
    def test_is_the_last_line_for_programs(self) -> None:
        said = 'nginx: warming up\n{"app":"web","moved":true}\n{"app":"web","moved":false}\nnot json\n'

        assert receipt(said) == {"app": "web", "moved": False}

    @pytest.mark.parametrize("said", [None, "", "words\n", "{broken\n", "[1]\n"])
    def test_is_nothing_before_the_first_switch(self, said: str | None) -> None:
        assert receipt(said) is None

    def test_is_an_output_per_app(self) -> None:
        assert engine.seen(stacks.stable()).outputs["receipts"] == {"web": None}
