"""A canary: a part of the visitors gets the release that stands by, always the same ones."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from tests import load
from tests.host.docker import docker
from tests.host.stage import ADMIN, WEB, Stage, until

pytestmark = pytest.mark.host

GREEN, BLUE = "green-11111111", "blue-22222222"
VISITORS = 300
WITH_COOKIE = replace(WEB, canary_cookie="visitor", testers=True)


@pytest.fixture
def cookies(pair: Stage) -> Stage:
    """The same, where a cookie says which visitor it is and testers choose their colour."""
    assert pair.install(WITH_COOKIE, ADMIN).code == 0
    return pair


def canary(stage: Stage, percent: int, **spec: Any) -> dict[str, Any]:
    """Blue gets so much; the receipt."""
    given: dict[str, Any] = {"canary": percent, "back": GREEN, **spec}
    return stage.switch(GREEN, BLUE, **given).receipt


def on_blue_by_cookie(stage: Stage) -> set[int]:
    """The visitors whom blue answers, by their cookie."""
    return {visitor for visitor in range(VISITORS) if stage.served_by(Cookie=f"theme=dark; visitor=v{visitor}") == BLUE}


def on_blue_by_address(stage: Stage) -> set[str]:
    """The addresses whom blue answers: asked inside the gateway's network, where a client may have any of 127.0.0.x."""
    asked = "curl -s -o /dev/null -H 'Host: web.localhost' -w '%{local_ip} %header{x-served-by}\\n' --interface"
    script = f"for n in $(seq 1 {VISITORS // 2}); do {asked} 127.0.0.$n http://127.0.0.1:80/; done"
    lines = docker("exec", stage.gateway, "sh", "-c", script).splitlines()
    assert len(lines) == VISITORS // 2
    return {address for address, release in map(str.split, lines) if release == BLUE}


def test_a_canary_gets_its_share_and_keeps_its_visitors_as_it_grows(cookies: Stage) -> None:
    shares: list[set[int]] = [set()]

    for percent in (10, 50, 90):
        receipt = canary(cookies, percent)
        shares.append(on_blue_by_cookie(cookies))

        assert (receipt["kind"], receipt["canary"], receipt["canary_release"]) == ("canary", percent, BLUE)
        assert (receipt["release"], receipt["moved"], receipt["back"]) == (GREEN, False, GREEN)
        assert abs(len(shares[-1]) / VISITORS * 100 - percent) < 8, len(shares[-1])
        assert shares[-2] <= shares[-1], "somebody was sent back to green although the canary grew"

    assert cookies.serving()["web"]["canary"] == {"release": BLUE, "percent": 90}
    assert cookies.serving()["web"]["live"] == GREEN


def test_without_a_cookie_the_address_keeps_a_visitor_on_its_release(pair: Stage) -> None:
    canary(pair, 10)
    few = on_blue_by_address(pair)
    canary(pair, 50)
    many = on_blue_by_address(pair)

    assert 0 < len(few) < len(many) < VISITORS // 2, (few, many)
    assert few < many


def test_a_canary_that_grows_until_it_is_live_loses_nothing_under_load(cookies: Stage) -> None:
    with ExitStack() as stack:
        tallies = [
            stack.enter_context(
                load.background(
                    # The cookie rides on the Host header's line.
                    cookies.port,
                    header=f"web.localhost\r\nCookie: visitor=v{visitor}",
                    clients=3,
                    fresh=1,
                    think=0.02,
                )
            )
            for visitor in range(6)
        ]
        for percent in (10, 50, 99, 1):
            canary(cookies, percent)
        moved = cookies.switch(BLUE, GREEN, back=GREEN).receipt

    assert (moved["kind"], moved["moved"], moved["canary"]) == ("switch", True, None)
    assert [tally.lost for tally in tallies] == [0] * 6, [str(tally) for tally in tallies]
    answered = sum((tally.release for tally in tallies), Counter[str]())
    assert set(answered) == {GREEN, BLUE} and answered.total() > 500


def test_the_same_canary_again_moves_nothing(pair: Stage) -> None:
    first = canary(pair, 10)
    before = pair.live_file().read_bytes()

    again = canary(pair, 10)

    assert (again["kind"], again["moved"], again["id"]) == ("switch", False, first["id"])
    assert pair.live_file().read_bytes() == before


def test_a_weight_that_changes_probes_nobody_anew(pair: Stage) -> None:
    canary(pair, 10)
    # With health that only newer settings know, a probe would refuse it.
    grown = canary(pair, 50, health=(("health", "http"), ("path", "/nothing"), ("host", "web.localhost")), timeout=1)

    assert grown["canary"] == 50


def test_a_canary_is_probed_before_its_first_visitor(pair: Stage) -> None:
    pair.kill(pair.container(BLUE))

    refused = pair.switch(GREEN, BLUE, canary=10, back=GREEN, timeout=2)

    assert refused.code == 71, refused.stderr
    assert "web: green-11111111 serves, as before" in refused.stderr
    assert pair.serving()["web"]["canary"] is None


def test_a_canary_that_is_not_well_enough_to_go_live_keeps_its_visitors(cookies: Stage) -> None:
    canary(cookies, 50)
    sick = (("health", "exec"), ("arg", "false"))

    refused = cookies.switch(BLUE, GREEN, back=GREEN, health=sick, timeout=1)

    assert refused.code == 70, refused.stderr
    assert cookies.state(BLUE) == "running"
    assert cookies.serving()["web"]["canary"] == {"release": BLUE, "percent": 50}


def test_a_canary_that_ends_leaves_the_live_release_with_everything(cookies: Stage) -> None:
    canary(cookies, 50)

    ended = cookies.switch(GREEN, BLUE).receipt

    assert (ended["kind"], ended["moved"], ended["canary"]) == ("canary", False, None)
    assert on_blue_by_cookie(cookies) == set()
    assert cookies.serving()["web"]["canary"] is None


def test_testers_choose_a_colour_by_header_or_cookie(cookies: Stage) -> None:
    assert cookies.served_by() == GREEN
    assert cookies.served_by(X_Tandem_Colour="blue") == BLUE
    assert cookies.served_by(Cookie="tandem_colour=blue") == BLUE
    assert cookies.served_by(X_Tandem_Colour="green", Cookie="tandem_colour=blue") == GREEN
    assert cookies.served_by(X_Tandem_Colour="red") == GREEN

    cookies.switch(GREEN)

    assert cookies.served_by(X_Tandem_Colour="blue") == GREEN


def test_where_the_stack_names_no_testers_nobody_chooses(pair: Stage) -> None:
    assert pair.served_by(X_Tandem_Colour="blue", Cookie="tandem_colour=blue") == GREEN


def test_a_canary_survives_a_restart_of_the_gateway_and_new_files(cookies: Stage) -> None:
    canary(cookies, 50)
    before = on_blue_by_cookie(cookies)

    cookies.restart_gateway()
    # nginx asks for the addresses of releases once it has started.
    until(lambda: all(cookies.get(X_Tandem_Colour=colour)[0] == 200 for colour in ("blue", "green")))
    after_restart = on_blue_by_cookie(cookies)
    assert cookies.install(replace(WITH_COOKIE, max_body="20m"), ADMIN).code == 0

    assert before == after_restart == on_blue_by_cookie(cookies)
