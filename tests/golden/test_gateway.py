"""The gateway's rendered configuration, byte by byte.

After an intended change: `TANDEM_GOLDEN=write .venv/bin/pytest tests/golden/test_gateway.py`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from components import archive
from components.gateway import render
from config import load
from tests import stacks

GOLDEN = Path(__file__).parent / "gateway"
SITES = [
    render.Site(
        "web", ("web.localhost", "www.web.localhost"), drain_seconds=90, canary_cookie="sessionid", testers=True
    ),
    render.Site("web-admin", ("admin.localhost",), max_body="1g", buffering=False),
    render.Site("rest"),
    render.Site("shop", ("shop.example.com",), scrape=render.Scrape("/metrics", ("10.0.0.0/8",), "acme", "prod")),
]


@pytest.mark.parametrize("path", ["nginx.conf", *(f"apps/{site.name}.conf" for site in SITES)])
def test_the_rendered_configuration_is_the_golden_one(path: str) -> None:
    golden = GOLDEN / path
    rendered = render.files(SITES)[path]
    if os.environ.get("TANDEM_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(rendered)
    assert rendered == golden.read_text(), f"{golden} differs; write it anew with TANDEM_GOLDEN=write if that is meant"


def test_scripts_travel_as_they_are_and_can_run() -> None:
    tree = render.files(SITES)
    scripts = {path for path in tree if path.startswith(("bin/", "host/"))}

    assert {"bin/switch", "bin/back", "bin/forget", "bin/drain", "bin/entry", "bin/reload"} <= scripts
    assert {"host/switch", "host/back", "host/pardon", "host/close", "host/guard", "host/serving"} <= scripts
    assert {archive.mode(path) for path in scripts} == {0o755}
    assert all(tree[path].startswith("#!/bin/sh\n") for path in scripts)
    assert tree["bin/switch"] == (render.FILES / "bin" / "switch").read_text()


def test_the_longest_drain_limit_is_what_old_workers_get() -> None:
    assert "worker_shutdown_timeout 90s;" in render.files(SITES)["nginx.conf"]
    assert "worker_shutdown_timeout 60s;" in render.files([])["nginx.conf"]


def test_one_site_may_take_the_rest_but_not_two() -> None:
    with pytest.raises(ValueError, match="a, b: one site may be without domains"):
        render.files([render.Site("a"), render.Site("b")])


def test_sites_are_the_apps_with_a_port() -> None:
    worker = {"health": {"kind": "log", "pattern": "ready"}, "memory": 64}
    stack = stacks.stack()
    settings = load.parse({**stack, "apps": {**stack["apps"], "worker": worker}}, "Pulumi.local.yaml")

    assert [site.name for site in render.sites(settings.apps)] == ["web"]


def test_metrics_of_an_app_reach_its_site() -> None:
    settings = load.parse(stacks.stack(metrics={"path": "/stats", "allow": ["192.0.2.0/24"]}), "Pulumi.local.yaml")
    (site,) = render.sites(settings.apps, project="acme", stack="prod")

    assert site.scrape == render.Scrape("/stats", ("192.0.2.0/24",), "acme", "prod")


def test_limits_of_an_app_reach_its_site() -> None:
    settings = load.parse(stacks.stack(max_body="2g", read_timeout="1h0m0s"), "Pulumi.local.yaml")
    configuration = render.files(render.sites(settings.apps))["apps/web.conf"]

    assert "client_max_body_size 2g;" in configuration
    assert "proxy_read_timeout 3600s;" in configuration
