"""What the gateway tells a Prometheus elsewhere: which releases there are, which is live, and each one's numbers."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from components.gateway import render
from config import targets
from tests.host.flips import requests
from tests.host.stage import ADMIN, WEB, Stage

pytestmark = pytest.mark.host

GREEN, BLUE = "green-11111111", "blue-22222222"
EVERYBODY = render.Scrape("/metrics", ("0.0.0.0/0",), "acme", "prod")


@pytest.fixture
def scraped(pair: Stage) -> Stage:
    """Green serves, blue stands by, and both may be scraped."""
    assert pair.install(dataclasses.replace(WEB, scrape=EVERYBODY), ADMIN).code == 0
    return pair


def told(stage: Stage) -> list[dict[str, Any]]:
    """The target groups that http_sd gets."""
    status, headers, body = stage.get(path=targets.LISTING)
    assert (status, headers["content-type"]) == (200, "application/json")
    parsed: list[dict[str, Any]] = json.loads(body)
    return parsed


def roles(stage: Stage) -> dict[str, str]:
    return {group["labels"]["release"]: group["labels"]["role"] for group in told(stage)}


def test_the_gateway_says_what_the_command_says(scraped: Stage) -> None:
    expected = targets.groups(
        project="acme", stack="prod", app="web", releases=[BLUE, GREEN], live=GREEN, url="http://web.localhost"
    )

    assert told(scraped) == expected


def test_the_roles_follow_a_switch_and_a_pointer_at_once(scraped: Stage) -> None:
    scraped.switch(BLUE, GREEN, back=GREEN).receipt  # noqa: B018  (asserts that it succeeded)
    assert roles(scraped) == {BLUE: "live", GREEN: "standby"}

    assert scraped.back().code == 0
    assert roles(scraped) == {GREEN: "live", BLUE: "standby"}


@pytest.mark.parametrize("percent", [1, 50, 99])
def test_a_canary_does_not_change_who_is_live(scraped: Stage, percent: int) -> None:
    scraped.switch(GREEN, BLUE, canary=percent, back=GREEN).receipt  # noqa: B018

    assert {tuple(roles(scraped).items()) for _ in range(20)} == {((GREEN, "live"), (BLUE, "standby"))}


def test_an_app_that_nobody_serves_has_no_targets(stage: Stage) -> None:
    assert stage.install(dataclasses.replace(WEB, scrape=EVERYBODY), ADMIN).code == 0

    assert told(stage) == []


def test_each_release_is_scraped_by_its_name_and_nobody_counts_it(scraped: Stage) -> None:
    before = len(requests(scraped))
    for release in (GREEN, BLUE):
        status, headers, body = scraped.get(path=targets.PATH + release)
        assert (status, headers["x-release"], headers["x-served-by"], body) == (200, release, release, f"{release}\n")
    assert scraped.get(path=targets.PATH + "green-99999999")[0] == 404

    assert len(requests(scraped)) == before


def test_who_may_not_ask_is_refused_and_an_app_without_metrics_says_nothing(pair: Stage) -> None:
    assert pair.get(path=targets.LISTING)[1]["x-release"] == GREEN, "without metrics the path is the app's own"
    others = dataclasses.replace(EVERYBODY, allow=("203.0.113.0/24",))
    assert pair.install(dataclasses.replace(WEB, scrape=others), ADMIN).code == 0

    assert pair.get(path=targets.LISTING)[0] == 403
    assert pair.get(path=targets.PATH + GREEN)[0] == 403
    assert pair.served_by() == GREEN
