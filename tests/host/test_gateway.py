"""The gateway as a whole: starting with whatever live files there are, and new files by reload."""

from __future__ import annotations

import pytest

from components.gateway import render
from tests import load
from tests.host.docker import docker
from tests.host.stage import ADMIN, WEB, Stage, until

pytestmark = pytest.mark.host


def test_a_restarted_gateway_serves_what_its_live_file_says(serving: Stage) -> None:
    serving.restart_gateway()

    until(lambda: serving.served_by() == "green-11111111")


def test_a_candidate_that_a_killed_switch_left_unproved_is_not_told_as_a_release(serving: Stage) -> None:
    serving.release("blue-22222222")
    serving.switch("green-11111111", "blue-22222222")
    (serving.directory / "live" / "web.unproved").write_text("blue-22222222\n")

    assert serving.known()["web"] == {"live": "green-11111111", "releases": ["green-11111111"]}


def test_it_starts_without_a_live_file(serving: Stage) -> None:
    serving.live_file().unlink()

    serving.restart_gateway()

    assert serving.get()[0] == 503
    assert serving.switch("green-11111111").receipt["from"] is None


def test_it_starts_with_a_live_file_that_names_a_missing_container(serving: Stage) -> None:
    serving.remove("green-11111111")

    serving.restart_gateway()

    assert serving.get()[0] == 503


def test_a_corrupt_live_file_is_set_aside_and_the_one_before_it_tried(serving: Stage) -> None:
    serving.release("blue-22222222")
    serving.switch("blue-22222222", "green-11111111")
    serving.live_file().write_text("upstream web_green {{{")

    serving.restart_gateway()

    until(lambda: serving.served_by() == "green-11111111")
    assert "web.conf set aside" in docker("logs", serving.gateway, errors=True)


def test_two_corrupt_files_leave_the_app_closed_and_the_other_app_served(serving: Stage) -> None:
    serving.release("green-33333333", app="web-admin")
    serving.switch("green-33333333", app="web-admin")
    for name in ("web.conf", "web.conf.prev"):
        (serving.directory / "live" / name).write_text("upstream web_green {{{")

    serving.restart_gateway()

    assert serving.get()[0] == 503
    until(lambda: serving.served_by("admin.localhost") == "green-33333333")


def test_new_files_are_taken_by_a_reload_under_load(serving: Stage) -> None:
    with load.background(serving.port, header="web.localhost", clients=8, fresh=2, think=0.005) as seen:
        installed = serving.install(WEB, render.Site("third", ("third.localhost",)))

    assert installed.code == 0, installed.stderr
    assert seen.lost == 0, str(seen)
    assert (serving.get("third.localhost")[0], serving.get("admin.localhost")[0]) == (503, 404)


def test_files_that_nginx_refuses_leave_the_old_ones_in_place(serving: Stage) -> None:
    current = (serving.directory / "current").readlink()
    broken = render.files([WEB]) | {"apps/web.conf": "server {"}

    refused = serving.install(tree=broken)

    assert (refused.code, "the old ones are back" in refused.stderr) == (65, True), refused.stderr
    assert (serving.directory / "current").readlink() == current
    assert serving.served_by() == "green-11111111"


def test_the_last_three_sets_of_files_are_kept(bare: Stage) -> None:
    for number in range(5):
        bare.install(render.Site(f"app{number}", ("web.localhost",)))

    kept = {path.name for path in (bare.directory / "releases").iterdir()}
    assert len(kept) == 3
    assert (bare.directory / "current").readlink().name in kept


def test_an_install_killed_half_way_is_done_again(bare: Stage) -> None:
    half = bare.directory / "releases" / "0123456789ab.new"
    half.mkdir(parents=True)

    assert bare.install().code == 0
    assert not half.exists()
    assert (bare.directory / "current" / "bin" / "switch").is_file()


def test_an_app_without_domains_gets_what_no_other_app_is_asked_for(bare: Stage) -> None:
    bare.install(render.Site("web"))
    bare.start_gateway()
    bare.release("green-11111111")

    bare.switch("green-11111111")

    assert bare.served_by("anything.example") == "green-11111111"


def test_the_longest_domain_that_dns_allows_finds_its_app(stage: Stage) -> None:
    domain = ".".join(["a" * 49] * 5)

    installed = stage.install(WEB, render.Site("third", (domain,)))

    assert installed.code == 0, installed.stderr
    assert stage.get(domain)[0] == 503


def test_files_that_no_longer_know_an_app_are_refused_while_it_serves_and_taken_once_it_is_closed(
    serving: Stage,
) -> None:
    serving.release("blue-22222222")
    serving.switch("green-11111111", "blue-22222222", canary=10, back="green-11111111")

    refused = serving.install(ADMIN)
    serving.script("close", "web", serving.spec("green-11111111"))

    assert (refused.code, "web: serves, but the stack file no longer has this app" in refused.stderr) == (75, True)
    assert serving.install(ADMIN).code == 0


def test_every_request_of_an_app_is_one_line_for_programs(serving: Stage) -> None:
    requests = serving.directory / "log" / "requests.tsv"
    before = len(requests.read_text().splitlines())

    serving.get()
    serving.get("nobody.invalid")
    serving.get(Upgrade="web\tsocket", Connection="upgrade")

    until(lambda: len(requests.read_text().splitlines()) >= before + 2)
    written = [line.split("\t") for line in requests.read_text().splitlines()[before:]]
    # A line is written after its answer was sent, by whichever worker: the second request's may stand first.
    first, second = sorted(written, key=lambda line: line[-1] == "upgrade")
    assert (len(first), len(second)) == (13, 13)
    assert (first[1:5], first[7], first[11:]) == (["web", "green-11111111", "200", "app"], "OK", ["GET", "-"])
    assert second[12] == "upgrade"
