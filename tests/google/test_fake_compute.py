"""The fake's Compute Engine, asked by Google's own client."""

from __future__ import annotations

from typing import Any

import pytest
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

from tests.google.client import client
from tests.google.fake import Fake, errors

PROJECT, REGION, ZONE = "acme-test", "europe-west3", "europe-west3-c"
HERE = {"project": PROJECT, "zone": ZONE}
VM = {**HERE, "instance": "vm"}


@pytest.fixture
def compute(google: Fake) -> Any:
    return client(google, "compute")


def network(compute: Any) -> None:
    compute.networks().insert(project=PROJECT, body={"name": "net", "autoCreateSubnetworks": False}).execute()
    body = {"name": "sub", "ipCidrRange": "10.10.0.0/24", "network": f"projects/{PROJECT}/global/networks/net"}
    compute.subnetworks().insert(project=PROJECT, region=REGION, body=body).execute()


def instance(compute: Any, **more: Any) -> Any:
    boot = {"boot": True, "autoDelete": True}
    image = {"sourceImage": "projects/debian-cloud/global/images/family/debian-13", "diskSizeGb": "20"}
    data = {"source": f"projects/{PROJECT}/zones/{ZONE}/disks/data", "deviceName": "data"}
    nic = {"subnetwork": f"projects/{PROJECT}/regions/{REGION}/subnetworks/sub", "accessConfigs": [{}]}
    body = {
        "name": "vm",
        "machineType": f"zones/{ZONE}/machineTypes/e2-medium",
        "disks": [{**boot, "initializeParams": image}, data],
        "networkInterfaces": [nic],
    }
    return compute.instances().insert(**HERE, body={**body, **more}).execute()


def whole(compute: Any, **more: Any) -> Any:
    network(compute)
    compute.disks().insert(**HERE, body={"name": "data", "sizeGb": "50"}).execute()
    return instance(compute, **more)


def refused(call: Any) -> HttpError:
    with pytest.raises(HttpError) as caught:
        call.execute()
    return caught.value


def test_a_thing_is_made_by_an_operation_that_is_done_and_stays_to_be_asked(compute: Any) -> None:
    operation = compute.networks().insert(project=PROJECT, body={"name": "net"}).execute()

    asked = compute.globalOperations().get(project=PROJECT, operation=operation["name"]).execute()
    assert (asked["status"], asked["name"]) == ("DONE", operation["name"])
    assert compute.networks().get(project=PROJECT, network="net").execute()["routingConfig"] == {
        "routingMode": "REGIONAL"
    }


def test_an_operation_may_take_its_time(google: Fake, compute: Any) -> None:
    google.world.polls = 1
    operation = compute.networks().insert(project=PROJECT, body={"name": "net"}).execute()

    ask = compute.globalOperations().wait(project=PROJECT, operation=operation["name"])
    assert [operation["status"], ask.execute()["status"], ask.execute()["status"]] == ["RUNNING", "RUNNING", "DONE"]


def test_an_instance_comes_with_its_boot_disk_from_the_newest_image_of_the_family(compute: Any) -> None:
    whole(compute)

    made = compute.instances().get(**VM).execute()
    boot = compute.disks().get(**HERE, disk="vm").execute()
    assert made["disks"][0]["source"] == boot["selfLink"]
    assert boot["sourceImage"].endswith("debian-cloud/global/images/debian-13-v20260101")
    assert made["networkInterfaces"][0]["networkIP"] == "10.10.0.2"


def test_what_a_body_names_must_be_there(compute: Any) -> None:
    network(compute)

    assert "disks/data' was not found" in str(refused_instance(compute))


def refused_instance(compute: Any, **more: Any) -> HttpError:
    with pytest.raises(HttpError) as caught:
        instance(compute, **more)
    return caught.value


def test_the_same_name_twice_is_refused(compute: Any) -> None:
    network(compute)

    assert refused(compute.networks().insert(project=PROJECT, body={"name": "net"})).status_code == 409


def test_metadata_takes_only_who_read_the_newest(compute: Any) -> None:
    whole(compute)
    mark = compute.instances().get(**VM).execute()["metadata"]["fingerprint"]
    body = {"fingerprint": mark, "items": [{"key": "a", "value": "1"}]}
    compute.instances().setMetadata(**VM, body=body).execute()

    assert refused(compute.instances().setMetadata(**VM, body=body)).status_code == 412
    assert compute.instances().get(**VM).execute()["metadata"]["items"] == body["items"]


@pytest.mark.parametrize(
    ("verb", "body", "shown"),
    [
        ("setMachineType", {"machineType": f"zones/{ZONE}/machineTypes/e2-small"}, "machineType"),
        ("updateShieldedInstanceConfig", {"enableSecureBoot": True}, "shieldedInstanceConfig"),
    ],
)
def test_some_changes_need_a_stop(compute: Any, verb: str, body: dict[str, Any], shown: str) -> None:
    whole(compute)
    change = getattr(compute.instances(), verb)(**VM, body=body)

    assert "must be stopped" in str(refused(change))
    compute.instances().stop(**VM).execute()
    change.execute()
    compute.instances().start(**VM).execute()
    after = compute.instances().get(**VM).execute()
    assert after["status"] == "RUNNING"
    assert after[shown] == body.get(shown, body)


def test_a_machine_type_that_the_zone_does_not_have_is_named(google: Fake, compute: Any) -> None:
    google.world.machines_missing.add((ZONE, "e2-medium"))
    network(compute)
    compute.disks().insert(**HERE, body={"name": "data"}).execute()

    assert f"'e2-medium' does not exist in zone '{ZONE}'" in str(refused_instance(compute))


def test_what_is_used_or_protected_is_not_deleted(compute: Any) -> None:
    whole(compute, deletionProtection=True)

    assert "protected against deletion" in str(refused(compute.instances().delete(**VM)))
    assert "already being used" in str(refused(compute.disks().delete(**HERE, disk="data")))
    compute.instances().setDeletionProtection(
        project=PROJECT, zone=ZONE, resource="vm", deletionProtection=False
    ).execute()
    compute.instances().delete(**VM).execute()
    compute.disks().delete(**HERE, disk="data").execute()
    assert refused(compute.disks().get(**HERE, disk="vm")).status_code == 404


def test_a_disk_only_grows(compute: Any) -> None:
    compute.disks().insert(**HERE, body={"name": "data", "sizeGb": "50"}).execute()

    assert refused(compute.disks().resize(**HERE, disk="data", body={"sizeGb": "40"})).status_code == 400
    compute.disks().resize(**HERE, disk="data", body={"sizeGb": "60"}).execute()
    assert compute.disks().get(**HERE, disk="data").execute()["sizeGb"] == "60"


def test_a_policy_is_read_where_it_was_written(compute: Any) -> None:
    whole(compute)
    policies = {**HERE, "resource": "vm"}
    empty = compute.instances().getIamPolicy(**policies).execute()
    binding = {"role": "roles/compute.osAdminLogin", "members": ["user:a@example.com"]}
    compute.instances().setIamPolicy(**policies, body={"policy": {**empty, "bindings": [binding]}}).execute()

    assert compute.instances().getIamPolicy(**policies).execute()["bindings"] == [binding]


def test_host_keys_are_told_where_the_instance_may_tell_them(google: Fake, compute: Any) -> None:
    google.world.host_keys = {"ssh-ed25519": "AAAA"}
    whole(compute, metadata={"items": [{"key": "enable-guest-attributes", "value": "TRUE"}]})

    told = compute.instances().getGuestAttributes(**VM, queryPath="hostkeys/").execute()

    assert told["queryValue"]["items"] == [{"namespace": "hostkeys", "key": "ssh-ed25519", "value": "AAAA"}]


def test_everything_of_a_kind_is_listed_over_all_zones(compute: Any) -> None:
    whole(compute)

    listed = compute.disks().aggregatedList(project=PROJECT).execute()["items"]
    assert [disk["name"] for disk in listed[f"zones/{ZONE}"]["disks"]] == ["data", "vm"]


def test_a_project_that_nobody_knows_is_named(compute: Any) -> None:
    found = refused(compute.networks().insert(project="acme-prod", body={"name": "net"}))

    assert "projects/acme-prod' was not found" in str(found)


def test_a_fault_meets_the_method_it_was_meant_for_once(google: Fake, compute: Any) -> None:
    google.faults.fail("compute.networks.insert", errors.api_disabled())
    insert = compute.networks().insert(project=PROJECT, body={"name": "net"})

    assert "has not been used in project" in str(refused(insert))
    insert.execute()


def test_a_quota_is_told_by_the_operation_and_nothing_was_made(google: Fake, compute: Any) -> None:
    google.faults.fail_mutation(1, errors.quota("NETWORKS", "5.0"))

    operation = compute.networks().insert(project=PROJECT, body={"name": "net"}).execute()

    assert "Quota 'NETWORKS' exceeded" in operation["error"]["errors"][0]["message"]
    assert refused(compute.networks().get(project=PROJECT, network="net")).status_code == 404
    assert google.changes() == ["compute.networks.insert"]


def test_a_method_that_nobody_taught_it_is_an_error_and_no_guess(compute: Any) -> None:
    whole(compute)

    assert refused(compute.instances().reset(**VM)).status_code == 501
