"""The comment fits where it goes, and shows what goes first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from policy import Finding
from tandem import exits
from tandem.cloud.effects import BUCKET, INSTANCE
from tandem.cloud.review import gated
from tandem.engines import Operation, Step
from tandem.preview.document import Document, Stack, changes
from tandem.preview.markdown import LIMIT, render
from tandem.preview.traffic import Move

STACK = Stack("shop", "prod", "pulumi")
CONTAINER = "docker:index/container:Container"


def step(operation: Operation, name: str, type_token: str = CONTAINER) -> Step:
    return Step(operation, type_token, name, f"urn::{type_token}::{name}")


def many(number: int) -> Document:
    plan = [step("create", f"web-{one:05}") for one in range(number)] + [step("delete", "media", BUCKET)]
    seen = gated(None, plan)
    return Document(STACK, exits.REFUSED, changes=changes(plan, seen.verdicts), review=seen)


def test_what_is_left_out_is_said_and_the_destructive_stays() -> None:
    comment = render(many(5000))

    assert len(comment.encode()) <= LIMIT
    assert comment.splitlines()[0] == "<!-- tandem preview: shop/prod -->"
    assert "| **delete** | a bucket | `media` |" in comment
    assert "`media`: a bucket would be deleted" in comment
    shown = sum(line.startswith("| create") for line in comment.splitlines())
    assert f"*{5001 - shown - 1} more left out: GitHub takes no longer comment." in comment
    assert "5000 to create" in comment
    assert comment.endswith("`docs/preview.md`.</sub>\n")


@pytest.mark.parametrize("number", [1, 600, 1300, 1400, 1500])
def test_it_always_fits(number: int) -> None:
    assert len(render(many(number)).encode()) <= LIMIT


def test_everything_long_at_once_fits() -> None:
    findings = [Finding("published-port", f"web-{one}", "@" * 3000) for one in range(500)]
    found = many(3000)
    document = replace(
        found,
        error="é" * 70_000 + "\nx" * 30_000,
        notes=["[" * 2000] * 400,
        review=replace(found.review, findings=findings),
        stack=Stack("s" * 900, "t" * 900, "pulumi", "c" * 5000),
    )

    assert len(render(document).encode()) <= LIMIT


def test_what_goes_comes_before_what_changes_and_what_a_deploy_does_anyway_last() -> None:
    plan = [
        step("create", "web-green-1"),
        step("update", "switch-web", "command:local:Command"),
        step("delete", "web-blue-1"),
        step("replace", "host-vpc", "gcp:compute/network:Network"),
        step("delete", "uploads", "docker:index/volume:Volume"),
        step("same", "gateway"),
        step("replace", "host-machine", INSTANCE),
    ]
    found = changes(plan, gated(None, plan).verdicts)

    assert [one.name for one in found] == [
        "host-machine",
        "uploads",
        "web-blue-1",
        "host-vpc",
        "switch-web",
        "web-green-1",
    ]


def test_the_stack_itself_and_its_components_are_no_resources() -> None:
    assert changes([step("create", "shop", "pulumi:pulumi:Stack"), step("create", "web", "tandem:App")]) == []


def test_a_stop_is_shown_in_its_row() -> None:
    stop = replace(step("update", "host-machine", INSTANCE), diff={"machineType": "update"})
    seen = gated(None, [stop])
    comment = render(Document(STACK, exits.REFUSED, changes=changes([stop], seen.verdicts), review=seen))

    assert "| **update, with a stop** | the machine | `host-machine` | `machineType` |" in comment
    assert "would be stopped for a minute or two by `machineType`" in comment
    assert "`--allow-downtime` (`docs/growing.md#another-machine-type`)" in comment


HOSTILE = "`a` | <script>alert(1)</script> [x](https://www.example.com) @team #1 *b* \\| ``c``\n\n# head\n| d | e |"


def test_no_name_ends_its_cell_or_does_anything() -> None:
    plan = [
        replace(step("replace", HOSTILE, INSTANCE), diff={HOSTILE: "replace"}, along=HOSTILE),
        step("create", f"|{HOSTILE}"),
        step("delete", f"{HOSTILE}`"),
    ]
    seen = replace(gated(None, plan), findings=[Finding("own-name", HOSTILE, HOSTILE)])
    move = Move(HOSTILE, "takes over", "green", HOSTILE, "blue", "stays")
    document = Document(
        Stack(HOSTILE, HOSTILE, "pulumi", HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        exits.FAILED,
        f"{HOSTILE}\n```\n{HOSTILE}",
        changes(plan, seen.verdicts),
        moves=[move],
        review=seen,
        notes=[HOSTILE],
    )
    tokens = MarkdownIt("commonmark").enable("table").parse(render(document))
    kinds = Counter(token.type for token in tokens)
    inside = [child for token in tokens for child in token.children or ()]

    assert (kinds["table_open"], kinds["tr_open"], kinds["td_open"], kinds["fence"]) == (1, 4, 12, 1)
    assert not {token.type for token in inside} & {"link_open", "image", "em_open"}
    assert {token.content for token in inside if token.type == "html_inline"} == {"<sub>", "</sub>"}
    (mark,) = [token.content for token in tokens if token.type == "html_block"]
    assert mark.strip() == render(document).splitlines()[0]
    headings = [token.content for before, token in pairwise(tokens) if before.type == "heading_open"]
    assert headings
    assert "head" not in headings


def test_a_plan_that_is_not_whole_says_so() -> None:
    plan = [step("delete", "media", BUCKET)]
    document = Document(STACK, exits.REFUSED, changes=changes(plan), review=gated(None, plan, whole=False))

    assert "The engine stopped there: the whole plan may refuse more" in render(document)
