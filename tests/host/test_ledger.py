"""The ledger of a flip against what clients saw from outside, every difference explained."""

from __future__ import annotations

import http.client
import threading
from pathlib import Path

import pytest

from tests.host.docker import docker
from tests.host.flips import await_ledger, await_verdict, record, requests, visitors, warm_up
from tests.host.stage import Stage, until

pytestmark = pytest.mark.host

OLD, NEW = "green-11111111", "blue-22222222"


WINDOW = 10


def counted_in_log(stage: Stage, identity: str) -> tuple[int, int, int]:
    """Requests earlier than the ledger's `before`, those of its `before` and `during`, and those after `during`."""
    facts = record(stage, identity)
    first = int(facts["flipped"]) / 1000 - WINDOW
    last = int(facts.get("drained") or facts["settled"]) / 1000
    moments = [float(line[0]) for line in requests(stage, app="web")]
    within = sum(first < moment <= last for moment in moments)
    return sum(moment <= first for moment in moments), within, sum(moment > last for moment in moments)


def test_the_ledger_agrees_with_the_clients_to_the_last_request(serving: Stage) -> None:
    serving.release(NEW)
    with visitors(serving, each_second=300) as seen:
        until(lambda: seen.requests > 300)
        switched = serving.switch(NEW, OLD, back=OLD, window=WINDOW).receipt
        until(lambda: "drained" in record(serving, switched["id"]))
    ledger = await_ledger(serving, switched["id"])
    earlier, within, later = counted_in_log(serving, switched["id"])

    assert seen.lost == 0, str(seen)
    assert earlier + within + later == seen.requests, "the log has every request once, and no probe or proof"
    assert ledger["before"]["requests"] + ledger["during"]["requests"] == within
    assert ledger["after"]["requests"] == len(requests(serving, release=NEW)) == seen.release[NEW]
    assert (ledger["complete"], ledger["unknown"], ledger["drained_ms"] > 0) == (True, [], True)
    assert (ledger["failed_at_gateway"], ledger["client_gone"], ledger["cut_short"]) == (0, 0, 0)


def test_the_failures_of_a_release_that_was_switched_off_are_all_in_its_ledger(serving: Stage) -> None:
    serving.release(NEW, fail=20)
    warm_up(serving)
    with visitors(serving) as seen:
        switched = serving.switch(NEW, OLD, back=OLD, window=10).receipt
        await_verdict(serving, "bad")
    ledger = await_ledger(serving, switched["id"])

    assert ledger["verdict"] == "bad"
    assert ledger["after"]["failed"] == seen.status[500]
    assert ledger["after"]["requests"] == seen.release[NEW]


def test_what_the_gateway_answered_while_an_app_was_dead_is_the_gateways(serving: Stage) -> None:
    """Only warned of, so that the ledger is written when its window is over, and not while they still come."""
    serving.release(NEW)
    with visitors(serving) as seen:
        switched = serving.switch(NEW, OLD, window=5, more=[("bad", "warn")]).receipt
        serving.kill(serving.container(NEW))
        until(lambda: seen.status[503] > 20)
    ledger = await_ledger(serving, switched["id"])

    mine = requests(serving, by="gateway")
    end = int(record(serving, switched["id"])["flipped"]) + 5000
    in_window = [line for line in mine if float(line[0]) * 1000 <= end]
    assert len(mine) == seen.status[503]
    assert ledger["failed_at_gateway"] <= len(mine)
    assert ledger["after"]["failed"] == len(in_window)


def test_a_client_that_leaves_and_an_answer_that_breaks_off_are_counted_apart(serving: Stage) -> None:
    serving.release(NEW)
    switched = serving.switch(NEW, OLD, back=OLD, window=8).receipt
    leaving = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    leaving.request("GET", "/slow", headers={"Host": "web.localhost"})
    leaving.getresponse().read(10)
    leaving.close()
    broken = threading.Thread(target=serving.get, kwargs={"path": "/slow"})
    broken.start()
    until(lambda: serving.connections() > 0)
    until(lambda: len(requests(serving, complete="")) == 1)
    serving.kill(serving.container(NEW))
    broken.join()
    ledger = await_ledger(serving, switched["id"])

    assert ledger["client_gone"] == 1
    assert ledger["cut_short"] == 1


def test_a_killed_worker_makes_the_ledger_say_what_it_cannot_know(serving: Stage) -> None:
    serving.release(NEW)
    switched = serving.switch(NEW, OLD, back=OLD, window=4).receipt
    worker = "grep -al '[n]ginx: worker process' /proc/[0-9]*/cmdline | cut -d/ -f3 | head -1"
    docker("exec", serving.gateway, "sh", "-c", f"kill -9 $({worker})")
    ledger = await_ledger(serving, switched["id"])

    assert not ledger["complete"]
    assert "workers were killed" in ledger["unknown"][0]


def test_a_rotation_loses_no_line_and_the_ledger_counts_across_it(serving: Stage) -> None:
    """The real loop, with a limit so low that it rotates all the time."""
    rotate = Path(serving.directory / "current" / "bin" / "rotate").resolve()
    rotate.write_text(
        rotate.read_text().replace("REQUESTS_BYTES=16777216", "REQUESTS_BYTES=40000").replace("EVERY=5", "EVERY=0.5")
    )
    serving.restart_gateway()
    serving.release(NEW)

    with visitors(serving, each_second=400) as seen:
        until(lambda: seen.requests > 200)
        switched = serving.switch(NEW, OLD, back=OLD, window=3).receipt
        until(lambda: "settled" in record(serving, switched["id"]))
    ledger = await_ledger(serving, switched["id"])
    log = serving.directory / "log"
    assert (log / "requests.tsv.1").exists() and not (log / "requests.tsv.5").exists()
    if not (log / "requests.tsv.4").exists():
        assert len(requests(serving)) == seen.requests
    assert ledger["after"]["requests"] == record_after(serving, switched["id"])


def record_after(stage: Stage, identity: str) -> int:
    """Lines of the new release within the window after the flip, from the files."""
    flipped = int(record(stage, identity)["flipped"]) / 1000
    return sum(float(line[0]) <= flipped + 3 for line in requests(stage, release=NEW))


def test_streams_that_outlive_the_flip_are_kept_or_cut(serving: Stage) -> None:
    """Twenty seconds is this stage's limit: the gateway cuts a stream that goes on longer."""
    answers: list[int] = []

    def download() -> None:
        answers.append(len(serving.get(path="/slow")[2]))

    serving.release(NEW)
    serving.switch(OLD, NEW)
    visitor = threading.Thread(target=download)
    visitor.start()
    until(lambda: serving.connections() > 0)
    switched = serving.switch(NEW, OLD, back=OLD).receipt
    visitor.join()
    ledger = await_ledger(serving, switched["id"])

    assert ledger["streams"] == {"kept": 1, "cut": 0}
    assert ledger["drained_ms"] > 0
