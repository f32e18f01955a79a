"""`tandem drift`: what differs from the stack file, and how a program is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tandem.engines import Step
from tandem.exits import DRIFTED, OK, USAGE
from tandem.moves import deploys
from tests.unit.tandem.test_cli import Terminal, terminal

__all__ = ["terminal"]

MARK = "<!-- tandem drift: shop/local -->"
MADE = Step("create", "docker:index/network:Network", "net", "urn:net")


def deployed(terminal: Terminal) -> Terminal:
    deploys.deploy(terminal.bench, {"web": "demo:1"})
    return terminal


def test_a_stack_that_is_as_its_file_says_is_said_to_be_so(terminal: Terminal) -> None:
    code, out, _ = deployed(terminal).run("drift")

    assert code == OK
    assert out.splitlines()[:2] == [MARK, "`shop/local` is as its file says"]


def test_what_up_would_change_is_a_difference(terminal: Terminal, tmp_path: Path) -> None:
    deployed(terminal).bench.fake_engine.plan = (MADE,)
    file = tmp_path / "drift.md"
    code, out, _ = terminal.run("drift", "--markdown", "--output", str(file))

    assert code == DRIFTED
    assert file.read_text() == out
    assert out.splitlines()[:2] == [MARK, "`shop/local` is not as its file says; next: `tandem up --refresh`"]
    assert "1 to create" in out


def test_what_the_host_does_by_itself_is_a_difference_too(terminal: Terminal) -> None:
    deployed(terminal).bench.fake_host.pointers.add("web")
    code, out, _ = terminal.run("drift", "--json")

    assert code == DRIFTED
    said = json.loads(out)
    assert said["exit"] == DRIFTED
    assert "by itself, or by `rollback --now`" in said["notes"][-1]


def test_a_live_release_that_does_not_run_is_a_difference(terminal: Terminal) -> None:
    bench = deployed(terminal).bench
    bench.fake_host.boxes[:] = [replace(box, state="exited") for box in bench.fake_host.boxes]
    code, out, _ = terminal.run("drift")

    assert code == DRIFTED
    assert "serves, and its container is exited" in out


def test_a_stack_that_cannot_be_looked_at_is_no_difference(terminal: Terminal) -> None:
    file = terminal.bench.stack.file
    file.write_text(file.read_text().replace("port:", "prot:"))
    code, out, err = terminal.run("drift")

    assert code == USAGE
    assert "`shop/local` cannot be looked at" in out
    assert "apps.web.prot" in err


def test_a_container_that_neither_engine_nor_gateway_knows_is_told(terminal: Terminal) -> None:
    bench = deployed(terminal).bench
    known = bench.fake_host.boxes[0]
    left = replace(known, id="id-left", name="web-green-99999999-0000001", colour="green", release="green-99999999")
    bench.fake_host.boxes.append(left)
    code, out, _ = terminal.run("drift")

    assert code == DRIFTED
    assert "web-green-99999999-0000001 runs, and nobody knows it" in out
    assert "docker rm -f web-green-99999999-0000001" in out
    assert known.name not in out
