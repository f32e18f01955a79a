"""A contract on a machine behind SSH: the look into the candidate is the host's own, whoever logs in there."""

from __future__ import annotations

import json

import pytest

from tests.e2e.project import write_stack_file
from tests.e2e.test_contracts import CONTRACT, VALUE, app, rewrite
from tests.ssh.project import SshProject


def test_a_release_that_is_not_as_expected_gets_no_traffic_there_either(
    web: SshProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", VALUE)
    paths = {**CONTRACT["paths"], "/tmp": {"mounted": True, "writable": True}}
    write_stack_file(web, app(expects={**CONTRACT, "paths": paths}))
    web.ok("deploy", "web", "demo:1")
    served = web.served_by()
    rewrite(web, paths, {**paths, "/srv/demo/*.py": {"exists": False}})

    refused = web.run("deploy", "web", "demo:2")
    seen = web.run("check", "env", "--json")

    assert (refused.code, web.served_by()) == (1, served), refused.text
    assert "it is not as the app expects: /srv/demo/__init__.py is there and must not be" in refused.text
    rows = [json.loads(line) for line in seen.out.splitlines()]
    wrong = [row.get("path") or row["variable"] for row in rows if row["level"] != "good"]
    assert (seen.code, wrong) == (5, ["/srv/demo/*.py"]), seen.text
    assert VALUE not in seen.text + refused.text
