from __future__ import annotations

import re

import pytest

from config import names
from tandem.cloud import effects, gate
from tandem.cloud.effects import ADDRESS, BUCKET, DISK, INSTANCE
from tandem.cloud.gate import judge, refused
from tandem.engines import Difference, Operation, Step


def step(type_token: str, operation: Operation, name: str = "host-machine", /, **diff: Difference) -> Step:
    paths = {path.replace("__", "."): asks for path, asks in diff.items()}
    return Step(operation, type_token, name, f"urn:pulumi:prod::shop::{type_token}::{name}", {}, paths)


def test_a_replacement_is_refused_with_who_by_what_and_the_way_round() -> None:
    (verdict,) = refused(judge([step(DISK, "replace", "host-data", type="replace", size="update")]))

    assert verdict.line() == (
        "host-data: the data disk would be replaced by type. Next: take the change back; the way round is in "
        "docs/growing.md#another-disk-type; or, where it is meant, "
        "`tandem up --allow 'urn:pulumi:prod::shop::gcp:compute/disk:Disk::host-data'`; `preview` has the same word"
    )


@pytest.mark.parametrize("type_token", sorted(effects.PROTECTED))
@pytest.mark.parametrize("operation", ["replace", "delete"])
def test_every_protected_kind_is_neither_replaced_nor_deleted(type_token: str, operation: Operation) -> None:
    (verdict,) = refused(judge([step(type_token, operation)]))

    assert verdict.danger == operation
    assert "docs/growing.md#" in verdict.line()


@pytest.mark.parametrize("type_token", ["docker:index/container:Container", "gcp:compute/firewall:Firewall"])
def test_other_kinds_come_and_go(type_token: str) -> None:
    assert judge([step(type_token, "replace", name="replace"), step(type_token, "delete")]) == []


@pytest.mark.parametrize("operation", ["create", "same"])
def test_what_is_made_or_stays_passes(operation: Operation) -> None:
    assert judge([step(kind, operation) for kind in effects.PROTECTED]) == []


@pytest.mark.parametrize(
    "path",
    [
        "machineType",
        "serviceAccount.email",
        "serviceAccount.scopes[0]",
        "shieldedInstanceConfig.enableSecureBoot",
        "minCpuPlatform",
        "networkInterfaces[0].subnetwork",
    ],
)
def test_what_stops_the_machine_needs_a_word(path: str) -> None:
    change = Step("update", INSTANCE, "host-machine", "urn", {}, {path: "update"})
    (verdict,) = refused(judge([change]))

    assert verdict.line().startswith(f"host-machine: the machine would be stopped for a minute or two by {path}.")
    assert "`tandem up --allow-downtime`" in verdict.line()
    assert refused(judge([change]), downtime=True) == []


def test_the_word_for_a_stop_lets_no_replacement_through() -> None:
    assert refused(judge([step(INSTANCE, "replace", zone="replace")]), downtime=True) != []


@pytest.mark.parametrize(
    "path", ["metadata.ssh-keys", "labels.team", "bootDisk.initializeParams.size", "allowStopping"]
)
def test_what_is_in_place_passes(path: str) -> None:
    assert judge([Step("update", INSTANCE, "host-machine", "urn", {}, {path: "update"})]) == []


def test_one_resource_is_let_through_by_its_name_or_urn_and_no_other() -> None:
    plan = [step(INSTANCE, "replace", zone="replace"), step(DISK, "replace", "host-data", zone="replace")]

    assert [one.step.name for one in refused(judge(plan), allowed=["host-machine"])] == ["host-data"]
    assert [one.step.name for one in refused(judge(plan), allowed=[plan[1].urn])] == ["host-machine"]
    assert gate.unknown(plan, ["host-machine", "host-mashine"]) == ["host-mashine"]


@pytest.mark.parametrize(
    ("change", "heading"),
    [
        (step(INSTANCE, "replace", zone="replace"), "another-zone"),
        # The provider tells an empty map of the boot disk with every edit of an instance.
        (step(INSTANCE, "replace", bootDisk__initializeParams__tags="replace", zone="replace"), "another-zone"),
        (step(INSTANCE, "replace", bootDisk__initializeParams__type="replace"), "another-boot-disk"),
        (step(INSTANCE, "replace", bootDisk__initializeParams__size="replace"), "a-smaller-disk"),
        (step(INSTANCE, "replace", hostname="replace"), "what-each-edit-does"),
        (step(DISK, "replace", size="replace"), "a-smaller-disk"),
        (step(ADDRESS, "replace", region="replace"), "another-zone"),
        (step(BUCKET, "replace", location="replace"), "another-bucket"),
        (step(BUCKET, "delete"), "taking-something-away"),
    ],
)
def test_each_refusal_has_its_way_round(change: Step, heading: str) -> None:
    (verdict,) = judge([change])

    assert verdict.way == f"docs/growing.md#{heading}"


def test_a_replacement_that_names_no_property_is_told_all_the_same() -> None:
    (verdict,) = judge([Step("replace", INSTANCE, "host-machine", "urn")])

    assert verdict.line().startswith("host-machine: the machine would be replaced. Next: ")


@pytest.mark.parametrize(
    ("path", "old", "new", "does"),
    [
        ("size", 50.0, 100.0, "in place"),
        ("size", 50.0, 20.0, "replace"),
        ("type", "pd-balanced", "pd-ssd", "replace"),
        ("labels.team", None, "shop", "in place"),
        ("provisionedIops", 3000.0, 6000.0, "in place"),
        ("typewriter", None, "x", "in place"),
    ],
)
def test_the_table_of_effects_knows_disks(path: str, old: object, new: object, does: str) -> None:
    assert effects.effect(DISK, path, old, new) == does


def test_the_longest_known_path_counts() -> None:
    assert effects.effect(INSTANCE, "bootDisk.initializeParams.type") == "replace"
    assert effects.effect(INSTANCE, "bootDisk.autoDelete") == "in place"
    assert effects.effect(INSTANCE, "bootDisk.initializeParams.size", 20, 30) == "in place"
    assert effects.effect(INSTANCE, "networkInterfaces[0].accessConfigs[0].natIp") == "in place"


def test_of_a_kind_it_does_not_know_the_table_says_nothing() -> None:
    assert effects.effect("docker:index/container:Container", "image") is None


def test_the_gate_points_at_a_page_that_is_there() -> None:
    headings = re.findall(r"^## (.*)$", (names.ROOT / gate.PAGE).read_text(encoding="utf-8"), re.MULTILINE)

    assert "What each edit does" in headings
