"""Containers that the stack runs and Docker has no more."""

from __future__ import annotations

from tandem.docker import Container
from tandem.moves import deploys, up
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.moving import blue

GATEWAY = Container("id-gateway", "shop-local-gateway", "running", "gateway")


def test_a_release_that_is_gone_has_the_engine_look_for_itself(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    bench.fake_host.boxes[:] = [GATEWAY]
    following = bench.again()
    up.up(following)

    assert f"web-{blue(1)} is gone from Docker although the stack runs it" in following.errors.getvalue()
    assert bench.fake_engine.fresh
    assert [box.role for box in bench.fake_host.boxes] == ["app"]


def test_where_all_is_there_the_engine_believes_its_state(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    bench.fake_host.boxes.append(GATEWAY)
    up.up(bench.again())
    assert not bench.fake_engine.fresh


def test_a_gateway_that_is_gone_is_missed(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    following = bench.again()
    up.up(following)
    assert "shop-local-gateway is gone from Docker" in following.errors.getvalue()
