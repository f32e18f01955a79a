from __future__ import annotations

from dataclasses import replace

import pytest

from tandem.exits import FailedRun, Stop
from tandem.hosts.routing import Watch
from tandem.moves import turns, up
from tandem.moves.drains import Drain
from tests.unit.tandem.fakes import Bench, hash8, image_id
from tests.unit.tandem.moving import blue, deploy, green


def test_a_standby_with_streams_drains_and_nobody_waits(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.connected[blue(1)] = Drain(2, 0, drained=False, until=43_200_000)
    following = bench.again()
    deploy(following, web="demo:3")
    assert bench.rollouts["web"]["draining"] == [{"colour": "blue", "image": image_id(1), "frozen": hash8(image_id(1))}]
    assert f"web: {blue(1)} drains: 2 open, until 12:00:00 UTC" in following.out.getvalue()
    bench.fake_host.connected.clear()
    deploy(bench.again(), web="demo:1")
    assert "draining" not in bench.rollouts["web"]


def test_finalize_leaves_a_draining_entry_for_streams(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.connected[blue(1)] = Drain(1, 0, drained=False)
    turns.finalize(bench.again(), ["web"])
    assert bench.rollouts["web"]["draining"][0]["frozen"] == hash8(image_id(1))
    assert {box.release for box in bench.fake_host.boxes} == {blue(1), green(2)}


def test_a_deploy_that_fits_only_without_what_drains_is_refused_with_the_numbers(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.connected[blue(1)] = Drain(1, 0, drained=False)
    bench.fake_docker.answers = {**bench.fake_docker.answers, "MemTotal": 700 << 20}
    bench.fake_docker.limits = {box.id: 256 << 20 for box in bench.fake_host.boxes}
    with pytest.raises(Stop, match=r"\(256 MiB\) .* 768 MiB, and .* has 700 MiB; 256 MiB of it is for web blue-"):
        deploy(bench.again(), web="demo:3")
    bench.fake_host.connected.clear()
    deploy(bench.again(), web="demo:3")


# A plain up


def edited(bench: Bench) -> Bench:
    """After `web` was deployed, settings that give another release."""
    deploy(bench, web="demo:1")
    bench.stack.file.write_text(bench.text.replace("domains: [web.", "memory: 300\n      domains: [web."), "utf-8")
    bench.fake_engine.settings_now = "memory: 300"
    return bench.again()


def test_up_after_an_edit_leaves_streams_of_the_replaced_release_to_drain(bench: Bench) -> None:
    following = edited(bench)
    bench.fake_host.connected[blue(1)] = Drain(1, 0, drained=False)
    up.up(following)
    assert served(bench) == f"blue-{hash8(image_id(1), 'memory: 300')}"
    assert bench.rollouts["web"]["draining"] == [{"colour": "blue", "image": image_id(1), "frozen": hash8(image_id(1))}]
    bench.fake_host.connected.clear()
    up.up(bench.again())
    assert "draining" not in bench.rollouts["web"]
    assert [box.release for box in bench.fake_host.boxes] == [f"blue-{hash8(image_id(1), 'memory: 300')}"]


def test_up_removes_it_in_a_second_run_when_its_requests_end_within_seconds(bench: Bench) -> None:
    following = edited(bench)
    bench.fake_host.connected[blue(1)] = Drain(1, 0, drained=False)
    bench.fake_engine.during = bench.fake_host.connected.clear
    up.up(following)
    assert following.fake_engine.runs == ["up", "up"]
    assert "draining" not in bench.rollouts["web"]


def test_up_after_an_edit_that_nobody_is_connected_to_is_one_run(bench: Bench) -> None:
    following = edited(bench)
    up.up(following)
    assert following.fake_engine.runs == ["up"]
    assert "draining" not in bench.rollouts["web"]


def test_up_without_an_edit_asks_nobody_who_is_connected(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_host.asked.clear()
    up.up(bench.again())
    assert bench.fake_host.asked == []


def test_up_keeps_the_replaced_release_while_it_is_the_way_back(bench: Bench) -> None:
    following = edited(bench)
    bench.fake_host.connected[blue(1)] = Drain(1, 0, drained=False)
    bench.fake_engine.during = bench.fake_host.connected.clear
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "pending")]
    up.up(following)
    assert "web: the former release stays until the verdict" in following.out.getvalue()
    assert "draining" in bench.rollouts["web"]


def test_a_failed_up_takes_its_own_draining_entry_out_again(bench: Bench) -> None:
    following = edited(bench)
    before = bench.text
    bench.fake_host.connected[blue(1)] = Drain(1, 0, drained=False)
    bench.fake_engine.breaks = {"web"}
    with pytest.raises(FailedRun):
        up.up(following)
    assert bench.text == before


def test_the_way_back_after_an_edit_is_exactly_what_served(bench: Bench) -> None:
    """The host flipped back to the release before the edit; the next up must not make the edited one again."""
    up.up(edited(bench))
    bench.fake_host.back["web"] = blue(1)
    bench.fake_host.boxes.append(replace(bench.fake_host.boxes[0], name=f"web-{blue(1)}-x", release=blue(1)))
    bench.fake_host.flip_back("web")
    following = bench.again()
    up.up(following)
    assert f"web: Pulumi.local.yaml follows the host: {blue(1)} serves again" in following.out.getvalue()
    assert bench.rollouts["web"]["blue"] == {"image": image_id(1), "frozen": hash8(image_id(1))}
    assert served(bench) == blue(1)


def test_up_follows_a_flip_by_pointer_first(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.flip_back("web")
    following = bench.again()
    up.up(following)
    assert bench.rollouts["web"]["live"] == "blue"
    assert bench.rollouts["web"]["standby"] == "next"
    assert f"web: Pulumi.local.yaml follows the host: {blue(1)} serves again" in following.out.getvalue()


def test_up_follows_a_switch_that_outlived_its_command_where_nobody_edited_the_file(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.live["web"] = blue(1)
    following = bench.again()
    up.up(following)
    assert f"web: Pulumi.local.yaml follows the host: {blue(1)} serves\n" in following.out.getvalue()
    assert "up follows the file" not in following.errors.getvalue()
    assert bench.rollouts["web"]["live"] == "blue"
    assert served(bench) == blue(1)


def test_a_deploy_of_another_app_follows_the_pointer_of_this_one(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.flip_back("web")
    deploy(bench.again(), admin="demo:1")
    assert bench.rollouts["web"]["live"] == "blue"
    assert served(bench) == blue(1)


def served(bench: Bench) -> str | None:
    return bench.fake_host.live["web"]
