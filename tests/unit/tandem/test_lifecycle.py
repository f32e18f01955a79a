from __future__ import annotations

from dataclasses import replace

import pytest

from tandem.docker import Container, DockerError
from tandem.exits import FAILED, INTERRUPTED, USAGE, FailedRun, Stop
from tandem.hosts.routing import Stopped
from tandem.lifecycle import by_hand, healthy, order
from tandem.looks import status
from tandem.moves import deploys, up
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.moving import blue

GATEWAY = Container("id-gateway", "shop-local-gateway", "running", "gateway")
SCHEDULER = Container("id-scheduler", "shop-local-scheduler", "running", "scheduler")
MAILS = Container("id-mails", "web-mails-1", "running", "worker", "web")
TIDY = Container("id-tidy", "cron-web-tidy-1", "exited", "cron", "web")
DATA = Container("id-db", "shop-local-db", "running", "service")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthy, "PAUSE", 0.0)


@pytest.fixture
def running(bench: Bench) -> Bench:
    """web with a worker and a cron job, admin, and what all share."""
    deploys.deploy(bench, {"web": "demo:1", "admin": "demo:2"})
    bench.fake_host.boxes += [GATEWAY, SCHEDULER, MAILS, TIDY, DATA]
    return bench.again()


def yes(_question: str) -> None:
    return


def asked(bench: Bench, *words: str) -> list[str]:
    """Stops parts; what was asked."""
    questions: list[str] = []
    by_hand.stop(bench, words, questions.append)
    return questions


def roles(bench: Bench) -> list[tuple[str, str]]:
    """What Docker was told, by role, in order."""
    role = {box.name: box.role for box in bench.fake_host.boxes}
    return [(did, role.get(name, name)) for did, *names in bench.fake_docker.did for name in names]


def states(bench: Bench, app: str = "") -> dict[str, str]:
    return {box.role: box.state for box in bench.fake_host.boxes if box.app == app}


# Stop


def test_everything_stops_gateway_first_and_data_last(running: Bench) -> None:
    assert asked(running) == ["Stop everything of shop-local?"]
    assert [role for _, role in roles(running)] == ["gateway", "scheduler", "worker", "app", "app", "service"]
    assert set(running.fake_host.stopped) == {"admin", "web", "_gateway", "_scheduler"}
    assert "data and state stay, and `tandem start` brings it all back" in running.out.getvalue()
    assert "stop all: 6 stopped" in running.out.getvalue()


def test_an_app_stops_with_its_workers_and_says_what_its_visitors_get(running: Bench) -> None:
    assert asked(running, "web") == ["Stop web?"]
    assert [role for _, role in roles(running)] == ["worker", "app"]
    assert (states(running, "admin"), states(running)["gateway"]) == ({"app": "running"}, "running")
    assert set(running.fake_host.stopped) == {"web"}
    told = f"web.localhost answers 503 from now on ({blue(1)} served it) until `tandem start web`"
    assert told in running.out.getvalue()


def test_the_gateway_alone_stops_and_the_apps_run_on(running: Bench) -> None:
    asked(running, "gateway")
    assert roles(running) == [("stop", "gateway")]
    assert set(running.fake_host.stopped) == {"_gateway"}
    assert "no app is reachable until `tandem start gateway`" in running.out.getvalue()


def test_the_mark_is_there_before_anything_stops(running: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_containers: str) -> None:
        raise DockerError("no daemon answers")

    monkeypatch.setattr(running.fake_docker, "stop", dies)
    with pytest.raises(DockerError):
        asked(running, "web")
    assert set(running.fake_host.stopped) == {"web"}


def test_nothing_stops_when_the_answer_is_no(running: Bench) -> None:
    def no(_question: str) -> None:
        raise Stop("not confirmed; nothing was changed", USAGE)

    with pytest.raises(Stop, match="not confirmed"):
        by_hand.stop(running, [], no)
    assert (running.fake_docker.did, running.fake_host.stopped) == ([], {})


def test_a_dry_run_tells_and_stops_nothing(running: Bench) -> None:
    following = running.again(dry_run=True)
    assert asked(following, "web", "gateway") == []
    assert (following.fake_docker.did, following.fake_host.stopped) == ([], {})
    assert "stop web, gateway (dry run): 3 to stop" in following.out.getvalue()


def test_a_second_stop_has_nothing_to_ask_and_nothing_to_do(running: Bench) -> None:
    asked(running, "web")
    following = running.again()
    assert asked(following, "web") == []
    assert "web: nothing of it runs" in following.out.getvalue()
    assert "stop web: nothing to do" in following.out.getvalue()


@pytest.mark.parametrize("words", [["wbe"], ["web", "all"]])
def test_what_is_no_part_is_refused_with_what_there_is(running: Bench, words: list[str]) -> None:
    with pytest.raises(Stop, match="there is: admin, web, gateway") as refused:
        by_hand.stop(running, words, yes)
    assert refused.value.code == USAGE
    assert running.fake_docker.did == []


def test_an_interrupted_stop_says_what_may_still_run(running: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    really = running.fake_docker.stop

    def interrupted(*containers: str) -> None:
        if MAILS.id in containers:
            raise KeyboardInterrupt
        really(*containers)

    monkeypatch.setattr(running.fake_docker, "stop", interrupted)
    with pytest.raises(FailedRun, match=r"not known to have stopped: web-mails-1, ") as failed:
        asked(running)
    assert failed.value.code == INTERRUPTED
    assert states(running)["gateway"] == "exited"


def test_a_host_with_older_scripts_stops_all_the_same(running: Bench) -> None:
    running.fake_host.lacks = {"stopped"}
    asked(running, "web")
    assert states(running, "web")["app"] == "exited"
    assert running.fake_host.stopped == {}


# Start


def test_everything_comes_back_data_first_and_the_gateway_when_releases_are_well(running: Bench) -> None:
    asked(running)
    following = running.again()
    following.fake_docker.did.clear()
    by_hand.start(following, [])
    order_of_starts = [role for did, role in roles(following) if did == "start"]
    assert order_of_starts == ["service", "app", "app", "worker", "scheduler", "gateway"]
    assert ("run", "image of id-gateway") in roles(following), "who asks the releases, while there is no gateway"
    assert states(running, "web")["cron"] == "exited", "its clock starts it"
    assert running.fake_host.stopped == {}
    assert "id-asker" not in {box.id for box in running.fake_host.boxes}


def test_an_app_is_asked_through_the_gateway_that_runs(running: Bench) -> None:
    asked(running, "web")
    following = running.again()
    following.fake_docker.did.clear()
    by_hand.start(following, ["web"])
    assert roles(following) == [("start", "app"), ("start", "worker")]
    box, *command = running.fake_docker.executed[-1]
    assert box == "id-gateway"
    assert command.count("-w") == 3, "three answers in a row by one command"
    assert {"Host: web.probe", "X-Tandem-Host: web.localhost"} <= set(command)
    assert any(word.startswith("X-Tandem-Release: ") for word in command)
    assert command[-1] == "http://127.0.0.1:81/healthz"


def test_one_that_never_gets_well_is_named_and_the_gateway_starts_for_the_others(
    running: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(running)
    following = running.again()
    following.fake_docker.sick = {blue(1)}
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr("tandem.lifecycle.healthy.time.monotonic", lambda: float(next(clock)))
    with pytest.raises(FailedRun, match=f"web: {blue(1)} is not healthy within its 30 s .*tandem logs web") as failed:
        by_hand.start(following, [])
    assert failed.value.code == FAILED
    assert states(running)["gateway"] == "running"


def test_a_start_without_a_gateway_says_that_nobody_is_served(running: Bench) -> None:
    asked(running)
    following = running.again()
    by_hand.start(following, ["web"])
    assert set(running.fake_host.stopped) == {"admin", "_gateway", "_scheduler"}
    assert "next: tandem start gateway" in following.errors.getvalue()


def test_what_runs_is_not_started_again(running: Bench) -> None:
    by_hand.start(running, [])
    assert running.fake_docker.did == []
    assert "start all: nothing to do" in running.out.getvalue()


def test_a_dry_start_tells_what_would_start(running: Bench) -> None:
    asked(running, "web")
    following = running.again(dry_run=True)
    by_hand.start(following, ["web"])
    assert "would start: web-blue" in following.out.getvalue()
    assert states(running, "web")["app"] == "exited"


def test_a_refused_candidate_is_not_started(running: Bench) -> None:
    asked(running, "web")
    box = next(box for box in running.fake_host.boxes if box.app == "web" and box.role == "app")
    running.fake_host.boxes.append(replace(box, id="other", name="other", release="green-00000000"))
    by_hand.start(running.again(), ["web"])
    assert next(box.state for box in running.fake_host.boxes if box.id == "other") == "exited"


# Between a stop and a start


def test_up_says_first_and_then_starts_what_was_stopped(running: Bench) -> None:
    asked(running)
    following = running.again()
    up.up(following)
    assert {box.state for box in running.fake_host.boxes if box.role != "cron"} == {"running"}
    assert "web was stopped by" in following.errors.getvalue()
    assert "it is started again now" in following.errors.getvalue()
    assert running.fake_host.stopped == {}


def test_a_deploy_of_another_app_leaves_it_stopped(running: Bench) -> None:
    asked(running, "web")
    following = running.again()
    deploys.deploy(following, {"admin": "demo:3"})
    assert states(running, "web")["app"] == "exited"
    assert set(running.fake_host.stopped) == {"web"}
    assert "web was stopped" not in following.errors.getvalue()


def test_a_deploy_of_the_app_starts_what_stands_by_too(running: Bench) -> None:
    asked(running, "web")
    following = running.again()
    deploys.deploy(following, {"web": "demo:2"})
    assert {box.state for box in running.fake_host.boxes if box.app == "web" and box.role == "app"} == {"running"}
    assert "web was stopped by" in following.errors.getvalue()


def test_status_tells_who_stopped_it_and_when(running: Bench) -> None:
    running.fake_host.stopped["web"] = Stopped("2026-10-01T12:00:00Z", "root@laptop")
    said = status.status(running)
    assert said["apps"]["web"]["stopped"] == {"at": "2026-10-01T12:00:00Z", "by": "root@laptop"}
    assert said["apps"]["admin"]["stopped"] is None
    line = "  web: stopped by root@laptop at 2026-10-01T12:00:00Z; `tandem start web` brings it back"
    assert line in status.lines(said)


def test_a_worker_that_nobody_stopped_starts_with_its_release_only(running: Bench) -> None:
    down = replace(MAILS, state="exited")
    assert not order.ought_to_run(down, running.truth())
    running.fake_host.stopped["web"] = Stopped("now", "me")
    assert order.ought_to_run(down, running.truth())
