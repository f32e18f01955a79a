from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config import names
from tandem.exits import ENVIRONMENT, FAILED, PENDING, FailedRun, Stop
from tandem.lifecycle.order import ought_to_run
from tandem.moves import deploys, up, update
from tandem.moves.sweep import orphans
from tests.unit.tandem.fakes import Bench, hash8, image_id


def deploy(bench: Bench, **wanted: str) -> None:
    deploys.deploy(bench, wanted)


def test_up_ends_with_counts_and_every_app(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(json_lines=True)
    up.up(bench)
    last = json.loads(bench.out.getvalue().splitlines()[-1])
    assert last["summary"] == {"create": 0, "update": 3, "replace": 0, "delete": 0, "same": 0}
    assert set(last["apps"]) == {"web", "admin", "worker"}


def test_up_leaves_the_file_alone_when_nothing_needs_freezing(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text
    up.up(bench.again())
    assert bench.text == before


def test_up_freezes_a_standby_that_a_person_wrote_and_says_why(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    frozen = f", frozen: {hash8(image_id(1))}"
    assert frozen in bench.text
    bench.stack.file.write_text(bench.text.replace(frozen, ""), encoding="utf-8")
    following = bench.again()
    up.up(following)
    assert frozen in bench.text
    assert "frozen hashes of web follow what runs" in following.out.getvalue()


def test_up_does_not_freeze_in_a_file_that_was_edited_meanwhile(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    edited = bench.text.replace(f", frozen: {hash8(image_id(1))}", "")
    bench.stack.file.write_text(edited, encoding="utf-8")
    bench.fake_engine.during = lambda: bench.stack.file.write_text(edited + "# mine\n", encoding="utf-8")
    following = bench.again()
    up.up(following)
    assert bench.text == edited + "# mine\n"
    assert "edited meanwhile" in following.errors.getvalue()


def test_up_tells_where_file_and_host_differ_and_follows_the_file(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    stable = bench.text
    deploy(bench.again(), web="demo:2")
    bench.stack.file.write_text(stable, encoding="utf-8")
    following = bench.again()
    up.up(following)
    told = f"web: the host serves green-{hash8(image_id(2))}, the file says blue; up follows the file"
    assert told in following.errors.getvalue()
    assert bench.fake_host.live["web"] == f"blue-{hash8(image_id(1))}"


def test_a_failed_up_says_what_serves_and_leaves_the_file_as_its_author_wrote_it(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    edited = bench.text.replace(image_id(1), image_id(2))
    bench.stack.file.write_text(edited, encoding="utf-8")
    bench.fake_engine.breaks = {"web"}
    with pytest.raises(FailedRun, match=f"web: blue-{hash8(image_id(1))} serves, as before") as failed:
        up.up(bench.again())
    assert failed.value.code == FAILED
    assert bench.text == edited


def test_an_up_that_fails_after_a_flip_says_clean_up_is_pending(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.stack.file.write_text(bench.text.replace(image_id(1), image_id(2)), encoding="utf-8")
    bench.fake_engine.breaks = {"cleanup"}
    with pytest.raises(FailedRun) as failed:
        up.up(bench.again())
    assert failed.value.code == PENDING


def test_a_dry_run_of_up_is_a_preview(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(dry_run=True)
    up.up(bench)
    assert bench.fake_engine.runs == ["preview"]


def test_up_is_refused_where_docker_does_not_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from tandem.docker import DockerError

    def refuse() -> None:
        raise DockerError("Cannot connect to the Docker daemon at unix:///fake.sock")

    monkeypatch.setattr(bench.fake_docker, "info", refuse)
    with pytest.raises(Stop, match=r"no daemon answers.*\n.*systemctl start docker") as stopped:
        up.up(bench)
    assert stopped.value.code == ENVIRONMENT
    assert bench.fake_engine.runs == []


def test_destroy_forgets_the_stack_when_nothing_is_left(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    folder = names.stack_directory("shop", "local")
    (folder / "engine").write_text("offline\n", encoding="utf-8")
    (folder / "host" / "gateway").mkdir(parents=True)
    following = bench.again()
    following.fake_docker.kept_volumes = ["shop-local-web-data"]
    update.destroy(following, data=False)
    assert [path.name for path in folder.iterdir()] == ["command.lock"]
    assert "data stays: shop-local-web-data" in following.out.getvalue()
    assert following.fake_docker.kept_volumes == ["shop-local-web-data"]


def test_destroy_with_data_removes_the_volumes(bench: Bench) -> None:
    bench.fake_docker.kept_volumes = ["shop-local-web-data"]
    update.destroy(bench, data=True)
    assert bench.fake_docker.kept_volumes == []


def test_a_failed_destroy_forgets_nothing(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    pin = names.stack_directory("shop", "local") / "engine"
    pin.write_text("offline\n", encoding="utf-8")
    bench.fake_engine.breaks = {"destroy"}
    with pytest.raises(FailedRun):
        update.destroy(bench.again(), data=False)
    assert Path(pin).is_file()


def test_a_container_that_a_killed_run_left_is_removed_by_the_next_good_run(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    (box,) = bench.fake_host.boxes
    stray = replace(box, id="id-stray", name="web-" + box.release + "-fff0000", state="created")
    unknown = replace(box, id="id-other", name="web-green-99999999-fff0000", release="green-99999999")
    bench.fake_host.boxes = [stray, box]
    following = bench.again()
    up.up(following)
    assert bench.fake_host.boxes == [box]
    assert f"removed {stray.name} (created)" in following.errors.getvalue()
    assert orphans([unknown], {"web": {}}) == []


def test_one_that_runs_is_not_cut_off_in_the_middle_of_an_answer(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    (box,) = bench.fake_host.boxes
    stray = replace(box, id="id-stray", name="web-" + box.release + "-fff0000")
    bench.fake_host.boxes = [stray, box]
    following = bench.again()
    up.up(following)
    assert ("stop", stray.name) in following.fake_docker.did
    assert bench.fake_host.boxes == [box]


def test_up_starts_what_serves_when_it_was_stopped_by_hand(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_host.boxes = [replace(box, state="exited") for box in bench.fake_host.boxes]
    following = bench.again()
    up.up(following)

    assert {box.state for box in bench.fake_host.boxes if box.app == "web"} == {"running"}
    assert "it was exited, but the stack runs it" in following.errors.getvalue()


def test_a_refused_candidate_stays_stopped(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    stopped = replace(bench.fake_host.boxes[0], id="other", name="other", release="green-00000000", state="exited")
    bench.fake_host.boxes.append(stopped)

    assert not ought_to_run(stopped, bench.fake_host.truth())
