"""What a pull request shows: a golden for each kind of end. Pure: declarations on mocks, compared, as Markdown.

After an intended change: `TANDEM_GOLDEN=write .venv/bin/pytest tests/golden/test_preview.py`, then read the diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config import names
from config.load import StackFileError, parse
from tandem import exits
from tandem.engines.mocks import google
from tandem.engines.mocks.registered import Declared
from tandem.preview.document import Document, Stack
from tandem.preview.markdown import LIMIT, render
from tandem.preview.since import Side, compared
from tests import edits, engine, planned, stacks

GOLDEN = Path(__file__).parent / "preview"
ANSWERS = {google.GUEST_ATTRIBUTES: google.host_keys(stacks.HOST_KEY)}

SHOP = Stack("shop", "local", "offline", "9c56cc51b374c3ba189210d5b6d4bf57790d351c-dirty")
PROD = Stack("shop", "prod", "pulumi", "9c56cc51b374c3ba189210d5b6d4bf57790d351c")
FORK = Stack("shop", "prod", ref="origin/main", base="4e5f6a7b" * 5, head="0a1b2c3d" * 5)
HOSTILE = "`@team` |[x](https://www.example.com)<script>"
"""A name that somebody would like to have in a comment of ours."""


def local(config: Mapping[str, Any]) -> Side:
    """A stack of tests/stacks.py."""
    program = engine.seen(config)
    return Side(True, Declared(tuple(program.resources), program.outputs), parse(config, "Pulumi.local.yaml"))


def deploy(was: Side) -> Document:
    """Another image, on the other colour."""
    release = was.declared.outputs["live"]["web"]
    return compared(SHOP, was, local(stacks.deployed(frozen=names.split_release(release)[1])))


def prod(place: str = "profile", value: Any = "prod") -> Side:
    """The repository's prod stack, with an edit: what it has in Google Cloud."""
    config = edits._with(edits.before("prod"), place, value)
    return Side(True, _ground(json.dumps(config)), parse(config, "Pulumi.prod.yaml"))


@cache
def _ground(config: str) -> Declared:
    program = engine.run(json.loads(config), stack="prod", answers=ANSWERS, main=planned.GROUND)
    return Declared(tuple(program.resources), program.outputs)


def invalid() -> Document:
    """A stack file with two mistakes, one of them made to be shown."""
    config = {**stacks.stable(), "profile": "mars", HOSTILE: 1}
    with pytest.raises(StackFileError) as mistakes:
        parse(config, "Pulumi.local.yaml")
    return Document(replace(SHOP, engine=None, commit=""), exits.USAGE, str(mistakes.value))


ENDS: Mapping[str, Callable[[], Document]] = {
    "no-change": lambda: compared(SHOP, local(stacks.stable()), local(stacks.stable())),
    "deploy": lambda: deploy(local(stacks.stable())),
    "vm-replacement": lambda: compared(PROD, prod(), prod("host.zone", "europe-west3-a")),
    "policy-finding": lambda: compared(PROD, prod(), prod("accept_risk", ["http-open"])),
    "invalid-stack": invalid,
    "engine-failed": lambda: Document(PROD, exits.FAILED, "host-machine: the API compute.googleapis.com is off"),
    "fork-bucket-rename": lambda: compared(FORK, prod(), prod("storage.media.bucket", "acme-files")),
}
AS_JSON = ("deploy", "fork-bucket-rename")


@cache
def end(name: str) -> Document:
    return ENDS[name]()


def agrees(golden: Path, said: str) -> None:
    if os.environ.get("TANDEM_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(said)
    assert said == golden.read_text(), f"{golden} differs; write it anew with TANDEM_GOLDEN=write if that is meant"


@pytest.mark.parametrize("name", sorted(ENDS))
def test_a_comment_is_what_its_golden_says(name: str) -> None:
    agrees(GOLDEN / f"{name}.md", render(end(name)))


@pytest.mark.parametrize("name", AS_JSON)
def test_a_document_is_what_its_golden_says(name: str) -> None:
    agrees(GOLDEN / f"{name}.json", json.dumps(end(name).as_json(), indent=1) + "\n")


def test_each_end_has_its_exit_code() -> None:
    assert {name: end(name).exit for name in ENDS} == {
        "no-change": exits.OK,
        "deploy": exits.OK,
        "vm-replacement": exits.REFUSED,
        "policy-finding": exits.REFUSED,
        "invalid-stack": exits.USAGE,
        "engine-failed": exits.FAILED,
        "fork-bucket-rename": exits.REFUSED,
    }


@pytest.mark.parametrize("name", sorted(ENDS))
def test_a_comment_begins_with_the_mark_by_which_it_is_found_again_and_fits(name: str) -> None:
    comment = render(end(name))

    assert comment.splitlines()[0] == f"<!-- tandem preview: shop/{end(name).stack.name} -->"
    assert len(comment.encode()) < LIMIT
