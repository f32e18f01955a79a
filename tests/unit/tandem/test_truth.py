from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.rollout import Drained, Rollout, Served, Slot
from tandem.docker import Container
from tandem.engines import StackRef
from tandem.exits import ENVIRONMENT, Stop
from tandem.hosts.local import Local
from tandem.hosts.routing import Bar, Canary, Routing, Watch
from tandem.hosts.truth import Truth
from tests.unit.tandem.fakes import FakeDocker


def box(release: str, *, app: str = "web", state: str = "running", image: str = "demo:1") -> Container:
    colour = release.partition("-")[0]
    return Container(f"id-{release}", f"{app}-{release}-abc1234", state, "app", app, colour, release, image)


PREPARED = Rollout.model_validate(
    {
        "live": "green",
        "green": {"image": "demo:1"},
        "blue": {"image": "demo:2", "frozen": "22222222"},
        "standby": "next",
    }
)


SERVED = Served("green-11111111", {"green-11111111": "demo:1"}, canary={})


def test_the_gateway_says_what_an_app_with_a_port_serves() -> None:
    routing = {"web": Routing("green-11111111", ("green-11111111", "blue-22222222"))}
    truth = Truth(routing, (box("green-11111111"), box("blue-22222222")), frozenset({"web"}))
    assert truth.live("web", PREPARED) == "green-11111111"
    assert truth.served("web", PREPARED) == Served(
        live="green-11111111", containers={"green-11111111": "demo:1", "blue-22222222": "demo:1"}, canary={}
    )


def test_an_app_that_the_gateway_does_not_know_serves_nothing() -> None:
    assert Truth({}, (box("green-11111111"),), frozenset({"web"})).live("web", PREPARED) is None


@pytest.mark.parametrize("state", ["exited", "restarting", "created", "paused", "dead"])
def test_a_release_that_does_not_run_is_no_standby(state: str) -> None:
    boxes = (box("blue-22222222", state=state), box("green-11111111"))
    routing = {"web": Routing("green-11111111", ("green-11111111", "blue-22222222"))}
    assert Truth(routing, boxes, frozenset({"web"})).served("web", PREPARED) == SERVED
    assert Truth({}, boxes).served("web", PREPARED) == replace(SERVED, canary=None)


def test_a_release_that_the_gateway_does_not_know_is_no_standby() -> None:
    boxes = (box("blue-22222222"), box("green-11111111"))
    truth = Truth({"web": Routing("green-11111111", ("green-11111111",))}, boxes, frozenset({"web"}))
    assert truth.served("web", PREPARED) == SERVED


def test_what_the_gateway_sends_traffic_to_counts_whatever_state_docker_tells() -> None:
    truth = Truth({"web": Routing("green-11111111")}, (box("green-11111111", state="restarting"),), frozenset({"web"}))
    assert truth.served("web", PREPARED) == SERVED


def test_without_a_port_the_running_container_serves_and_the_files_colour_comes_first() -> None:
    boxes = (box("blue-22222222"), box("green-11111111"))
    assert Truth({}, boxes).live("web", PREPARED) == "green-11111111"
    assert (
        Truth({}, (box("blue-22222222"), box("green-11111111", state="exited"))).live("web", PREPARED)
        == "blue-22222222"
    )
    assert Truth({}, ()).live("web", PREPARED) is None


def test_hashes_come_from_the_live_container_then_the_frozen_one_then_the_newest() -> None:
    boxes = (box("green-99999999", state="exited"), box("green-11111111"), box("blue-33333333"), box("blue-22222222"))
    truth = Truth({"web": Routing("green-11111111")}, boxes, frozenset({"web"}))
    assert truth.hashes("web", PREPARED) == {"green": "11111111", "blue": "22222222"}
    assert truth.hashes("web", Rollout()) == {"green": "11111111", "blue": "33333333"}
    assert truth.hashes("admin", Rollout()) == {}


def host(tmp_path: Path, script: str | None) -> Local:
    if script is not None:
        folder = tmp_path / "gateway" / "current" / "host"
        folder.mkdir(parents=True)
        (folder / "serving").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    return Local(StackRef(tmp_path, "shop", "local", tmp_path), FakeDocker(), tmp_path)


def test_before_the_first_up_nothing_is_routed(tmp_path: Path) -> None:
    assert host(tmp_path, None).routing() == {}


def test_the_hosts_own_script_is_asked(tmp_path: Path) -> None:
    said = (
        '{"web": {"live": "green-11111111", "releases": ["green-11111111"]}, "admin": {"live": null, "releases": []}}'
    )
    assert host(tmp_path, f"printf '%s\\n' '{said}'").routing() == {
        "web": Routing("green-11111111", ("green-11111111",)),
        "admin": Routing(None, ()),
    }


def test_a_failing_script_is_told_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="live file is gone") as stopped:
        host(tmp_path, "echo 'live file is gone' >&2; exit 3").routing()
    assert stopped.value.code == ENVIRONMENT


def test_what_a_host_says_of_canary_watch_pointer_and_bars_is_read(tmp_path: Path) -> None:
    said = """{"web": {"live": "green-1", "releases": ["green-1", "blue-2"],
      "canary": {"release": "blue-2", "percent": 10}, "back": "green-1", "pointer": true,
      "watch": {"id": "7", "release": "blue-2", "verdict": "pending", "seen": 12, "failed": 1, "until": 9000},
      "barred": [{"hash": "33333333", "image": "demo:3", "at": "2026-10-01", "why": "8 of 30 failed"},
                 {"hash": "44444444", "image": "-", "at": "2026-10-02", "why": "slow"}]}}"""
    (web,) = host(tmp_path, f"cat <<'SAID'\n{said}\nSAID").routing().values()
    assert web == Routing(
        "green-1",
        ("green-1", "blue-2"),
        Canary("blue-2", 10),
        "green-1",
        True,
        Watch("blue-2", "pending", "7", "", 12, 1, 9000),
        (Bar("33333333", "demo:3", "2026-10-01", "8 of 30 failed"), Bar("44444444", None, "2026-10-02", "slow")),
    )
    assert web.watch is not None
    assert web.watch.left(7.5) == 1.5


def test_a_bar_hits_by_image_or_by_hash_and_by_hash_alone_where_the_settings_are_to_blame() -> None:
    by_image, by_settings = Bar("33333333", "demo:3", "", ""), Bar("44444444", None, "", "")
    route = Routing(None, barred=(by_image, by_settings))
    assert route.bar("demo:3", "99999999") == by_image
    assert route.bar("demo:4", "44444444") == by_settings
    assert route.bar("demo:4", None) is None


def test_a_release_that_drains_does_not_speak_for_its_colour() -> None:
    boxes = (box("blue-99999999"), box("green-11111111"), box("blue-22222222"))
    leaving = Drained(colour="blue", image="demo:9", frozen="99999999")
    truth = Truth({"web": Routing("green-11111111")}, boxes, frozenset({"web"}))
    assert truth.hashes("web", Rollout(live="green", green=Slot(image="demo:1"), draining=(leaving,))) == {
        "green": "11111111",
        "blue": "22222222",
    }
