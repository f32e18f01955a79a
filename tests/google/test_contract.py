"""Google's own documents have every key and value that a program of this repository sends."""

from __future__ import annotations

import os
from typing import Any

import pytest

from config import gce, names, secrets, storage
from tests import engine
from tests.google import asked
from tests.google.contract import Judged, judge
from tests.google.kinds import KINDS
from tests.marked import between, put_between

PAGE = names.ROOT / "docs" / "google.md"


@pytest.fixture(scope="module")
def programs() -> list[tuple[str, engine.Program]]:
    return list(asked.programs_asked())


@pytest.fixture(scope="module")
def judged(programs: list[tuple[str, engine.Program]]) -> Judged:
    result = Judged()
    for _, program in programs:
        judge(program.resources, result)
    return result


def test_the_page_says_what_was_checked(programs: list[tuple[str, engine.Program]], judged: Judged) -> None:
    head = ["program", "resources", "keys checked", "unknown", "enum values", "bad", "required fields"]
    rows = [row(name, judge(program.resources)) for name, program in programs if name in (*asked.STACKS, "identity")]
    variants = len(asked.HOSTS) + len(asked.SECRETS) + 1
    rows.append(row(f"these, and {variants} variants of prod that say every option", judged))
    table = "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows])
    if os.environ.get("TANDEM_GOLDEN") == "write":
        put_between(PAGE, "contract", table)

    assert between(PAGE, "contract") == table, f"{PAGE} is stale; TANDEM_GOLDEN=write writes it anew"


def row(name: str, judged: Judged) -> str:
    """One line of the table."""
    resources = f"{sum(judged.resources.values())} of {len(judged.resources)} types"
    checked = (judged.keys, len(judged.unknown), judged.enums, len(judged.bad), judged.required)
    return f"| {name} | {resources} | {' | '.join(f'{number:,}' for number in checked)} |"


def test_no_key_is_unknown_and_no_value_is_outside_its_list(judged: Judged) -> None:
    assert judged.unknown == []
    assert judged.bad == []
    assert judged.keys > 500
    assert judged.enums > 50


def test_kinds_of_values_and_required_fields_are_as_the_documents_say(judged: Judged) -> None:
    assert judged.other == []
    assert judged.required > 50


def test_every_type_of_resource_is_judged_and_no_type_is_told_for_nothing(judged: Judged) -> None:
    assert judged.untold == set()
    assert set(judged.resources) == set(KINDS)


def said(model: type[Any], *sections: dict[str, Any]) -> set[str]:
    """The options that no variant says."""
    return set(model.model_fields) - {key for section in sections for key in section} - {"kind", "project", "zone"}


def test_the_variants_say_every_option_that_a_stack_file_has() -> None:
    hosts = list(asked.HOSTS.values())
    doors = [host["ssh"] for host in hosts if "ssh" in host]
    disks = [host[name] for host in hosts for name in ("boot_disk", "data_disk") if name in host]
    schedules = [host["snapshots"] for host in hosts if isinstance(host.get("snapshots"), dict)]
    kinds = {one["kind"]: [] for one in asked.STORAGES.values()}  # type: dict[str, list[dict[str, Any]]]
    for one in asked.STORAGES.values():
        kinds[one["kind"]].append(one)

    assert said(gce.GceHost, *hosts) == set()
    assert said(gce.Door, *doors) == set()
    assert said(gce.Disk, *disks) == set()
    assert said(gce.Snapshots, *schedules) == set()
    assert said(storage.GcsStorage, *kinds["gcs"]) == set()
    assert said(storage.S3Storage, *kinds["s3"]) == set()
    assert said(storage.DirectoryStorage, *kinds["directory"]) == set()
    assert said(secrets.Gcp, *(section["gcp"] for section in asked.SECRETS.values() if "gcp" in section)) == set()


BUCKET = {
    "name": "b",
    "location": "EU",
    "publicAccessPrevention": "enforced",
    "retentionPolicy": {"retentionPeriod": "86400"},
}
FIREWALL = {
    "name": "f",
    "network": "n",
    "direction": "INGRESS",
    "priority": 1000.0,
    "allows": [{"protocol": "tcp", "ports": ["22"]}],
}


def asked_for(token: str, inputs: dict[str, Any]) -> engine.Registered:
    return engine.Registered(
        urn="u", type=token, name="it", inputs=inputs, delete_before_replace=None, ignore_changes=(), protect=False,
        retain_on_delete=False, depends_on=(), parent="", provider="", deleted_with="", replace_with=(),
    )  # fmt: skip


def faults(token: str, inputs: dict[str, Any]) -> str:
    judged = judge([asked_for(token, inputs)])
    return "\n".join([*judged.unknown, *judged.bad, *judged.other])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ""),
        ({"publicAccessPrevention": "enforce"}, "iamConfiguration.publicAccessPrevention is 'enforce'"),
        ({"publicAccessPreventions": "enforced"}, "publicAccessPreventions is not in the document"),
        ({"retentionPolicy": {"retentionPeriod": "two weeks"}}, "retentionPolicy.retentionPeriod is 'two weeks'"),
        ({"retentionPolicy": {"retentionPeriod": 86400.0}}, ""),
        ({"versioning": {"enabled": "yes"}}, "versioning.enabled is 'yes', but the document says boolean"),
        ({"lifecycleRules": [{"action": {"type": "delete"}, "condition": {"age": 1.0}}]}, "is 'delete', but must be"),
        ({"lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"ages": 1.0}}]}, ""),
        ({"lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"old": 1.0}}]}, "condition.old is not in"),
        ({"name": None}, "name is required"),
    ],
)
def test_a_bucket_that_google_would_not_take_is_told(change: dict[str, Any], fault: str) -> None:
    inputs = {key: value for key, value in {**BUCKET, **change}.items() if value is not None}
    found = faults("gcp:storage/bucket:Bucket", inputs)

    assert (fault in found) if fault else found == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ""),
        ({"direction": "IN"}, "direction is 'IN', but must be one of EGRESS, INGRESS"),
        ({"priority": 1000.5}, "priority is 1000.5"),
        ({"allows": {"protocol": "tcp", "port": "22"}}, ""),
        ({"allows": [{"protocols": "tcp"}]}, "allowed[].protocols is not in the document"),
        ({"creationTimestamp": "now"}, "creationTimestamp is Google's own to set"),
    ],
)
def test_a_firewall_that_google_would_not_take_is_told(change: dict[str, Any], fault: str) -> None:
    inputs = {**FIREWALL, **change}
    inputs["allows"] = inputs["allows"] if isinstance(inputs["allows"], list) else [inputs["allows"]]
    found = faults("gcp:compute/firewall:Firewall", inputs)

    assert (fault in found) if fault else found == ""


@pytest.mark.parametrize(
    ("replication", "fault"),
    [
        ({"auto": {}}, ""),
        ({"userManaged": {"replicas": [{"location": "europe-west3"}]}}, ""),
        ({"userManaged": {"replicas": [{"place": "europe-west3"}]}}, "replicas[].place is not in the document"),
        ({"userManaged": {}}, "replication.userManaged.replicas is required"),
        ({"everywhere": {}}, "replication.everywhere is not in the document"),
    ],
)
def test_a_secret_that_google_would_not_take_is_told(replication: dict[str, Any], fault: str) -> None:
    found = faults("gcp:secretmanager/secret:Secret", {"secretId": "db", "replication": replication})

    assert (fault in found) if fault else found == ""


def test_the_value_of_a_secret_goes_to_google_in_base64() -> None:
    said = KINDS["gcp:secretmanager/secretVersion:SecretVersion"].body({"secretData": "Größe"})

    assert said == {"payload": {"data": "R3LDtsOfZQ=="}}


def test_a_type_that_nobody_told_is_not_passed_over() -> None:
    assert judge([asked_for("gcp:sql/user:User", {})]).untold == {"gcp:sql/user:User"}
