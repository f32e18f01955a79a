"""What a stack in Google Cloud declares, on mocked resources: every resource, and the options that guard it."""

from __future__ import annotations

from typing import Any

import pytest

from config import names
from tandem.engines.mocks import google as google_made
from tests import engine, stacks
from tests.engine import Program

ANSWERS = {google_made.GUEST_ATTRIBUTES: google_made.host_keys(stacks.HOST_KEY)}


def run(*, profile: str = "dev", stack: str = "test", accept: tuple[str, ...] = (), **host: Any) -> Program:
    config = {**stacks.on_gce(**host), "profile": profile, "accept_risk": list(accept)}
    if profile != "dev":
        # What these profiles demand of images is not the subject here.
        config["rollouts"] = {}
    return engine.run(config, stack=stack, answers=ANSWERS)


@pytest.fixture(scope="module")
def dev() -> Program:
    return run()


@pytest.fixture(scope="module")
def prod() -> Program:
    return run(profile="prod", stack="prod")


def one(program: Program, name: str) -> Any:
    return program.one(name).inputs


# The network


def test_the_network_is_the_stacks_own_and_has_only_its_one_subnet(dev: Program) -> None:
    assert one(dev, "host-vpc")["autoCreateSubnetworks"] is False
    assert one(dev, "host-subnet")["network"] == "projects/acme-dev/global/networks/tandem-test"
    assert one(dev, "host-subnet")["privateIpGoogleAccess"] is True
    assert one(dev, "host-subnet")["region"] == "europe-west3"


def test_clients_reach_web_ports_and_the_gateways_own(dev: Program) -> None:
    web = one(dev, "host-firewall-web")

    assert web["allows"] == [{"protocol": "tcp", "ports": ["80", "443", "8080"]}]
    assert web["sourceRanges"] == ["0.0.0.0/0"]
    assert web["direction"] == "INGRESS"


def test_ssh_is_open_to_googles_proxy_alone_unless_ranges_are_listed(dev: Program) -> None:
    listed = run(ssh={"public_keys": [stacks.PUBLIC_KEY], "sources": ["203.0.113.0/24"], "port": 2222})

    assert one(dev, "host-firewall-ssh")["sourceRanges"] == ["35.235.240.0/20"]
    assert one(dev, "host-firewall-ssh")["allows"] == [{"protocol": "tcp", "ports": ["22"]}]
    assert one(listed, "host-firewall-ssh")["sourceRanges"] == ["203.0.113.0/24"]
    assert one(listed, "host-firewall-ssh")["allows"] == [{"protocol": "tcp", "ports": ["2222"]}]


def test_doors_lead_to_whoever_runs_as_the_stacks_account_and_not_to_tags(dev: Program) -> None:
    for rule in dev.of("gcp:compute/firewall:Firewall"):
        assert rule.inputs["targetServiceAccounts"] == ["tandem-test-vm@acme-dev.iam.gserviceaccount.com"]
        assert "targetTags" not in rule.inputs
    assert "tags" not in one(dev, "host-machine")


def test_the_address_is_reserved_and_clients_are_told_it(dev: Program) -> None:
    catch_all = engine.run({**stacks.on_gce(), "apps": {"web": {**stacks.WEB, "domains": []}}}, answers=ANSWERS)

    assert one(dev, "host-address")["addressType"] == "EXTERNAL"
    assert dev.outputs["address"] == google_made.ADDRESS
    assert catch_all.outputs["endpoints"] == {"web": f"http://{google_made.ADDRESS}:8080"}
    interface = one(dev, "host-machine")["networkInterfaces"][0]
    assert interface["accessConfigs"] == [{"natIp": google_made.ADDRESS, "networkTier": "PREMIUM"}]
    assert interface["subnetwork"].endswith("/subnetworks/tandem-test")


# Who it is


def test_the_account_is_its_own_and_may_write_logs_and_metrics_only(dev: Program) -> None:
    roles = {grant.inputs["role"] for grant in dev.of("gcp:projects/iAMMember:IAMMember")}
    members = {grant.inputs["member"] for grant in dev.of("gcp:projects/iAMMember:IAMMember")}

    assert roles == {"roles/logging.logWriter", "roles/monitoring.metricWriter"}
    assert members == {"serviceAccount:tandem-test-vm@acme-dev.iam.gserviceaccount.com"}
    assert one(dev, "host-machine")["serviceAccount"] == {
        "email": "tandem-test-vm@acme-dev.iam.gserviceaccount.com",
        "scopes": ["cloud-platform"],
    }


def test_named_deployers_may_use_the_tunnel_and_with_os_login_log_in() -> None:
    who = ["serviceAccount:ci@acme-dev.iam.gserviceaccount.com", "user:ann@example.com"]
    by_key = run(ssh={"public_keys": [stacks.PUBLIC_KEY], "deployers": who})
    by_login = run(ssh={"login": "os-login", "user": "sa_1234567890", "deployers": who[:1]})

    tunnels = by_key.of("gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember")
    assert sorted(tunnel.inputs["member"] for tunnel in tunnels) == who
    assert {tunnel.inputs["role"] for tunnel in tunnels} == {"roles/iap.tunnelResourceAccessor"}
    assert by_key.of("gcp:compute/instanceIAMMember:InstanceIAMMember") == []

    (login,) = by_login.of("gcp:compute/instanceIAMMember:InstanceIAMMember")
    (acts,) = by_login.of("gcp:serviceaccount/iAMMember:IAMMember")
    assert (login.inputs["role"], login.inputs["member"]) == ("roles/compute.osAdminLogin", who[0])
    assert (acts.inputs["role"], acts.inputs["member"]) == ("roles/iam.serviceAccountUser", who[0])
    assert {"host-tunnel-" in name or "host-login-" in name for name in (login.name, acts.name)} == {True, False}
    waits = set(by_login.one("host-answers").depends_on)
    assert {login.name, acts.name} <= waits


def test_without_named_deployers_nobody_is_given_a_role(dev: Program) -> None:
    assert dev.of("gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember") == []
    assert dev.of("gcp:serviceaccount/iAMMember:IAMMember") == []


# The instance


def test_the_instance_is_shielded_and_forwards_nothing(dev: Program) -> None:
    machine = one(dev, "host-machine")

    assert set(machine["shieldedInstanceConfig"].values()) == {True}
    assert len(machine["shieldedInstanceConfig"]) == 3
    assert machine["canIpForward"] is False


def test_the_startup_script_is_metadata_whose_change_replaces_nothing(dev: Program) -> None:
    machine = one(dev, "host-machine")

    assert machine["metadata"]["startup-script"].startswith("#!/bin/sh\n")
    assert "metadataStartupScript" not in machine


def test_a_newer_boot_image_is_no_difference(dev: Program) -> None:
    assert dev.one("host-machine").ignore_changes == ("bootDisk.initializeParams.image",)
    assert one(dev, "host-machine")["bootDisk"]["initializeParams"]["image"] == "debian-cloud/debian-13"


def test_a_new_instance_comes_after_the_old_one_is_gone_as_both_hold_address_and_disk(dev: Program) -> None:
    assert dev.one("host-machine").delete_before_replace is True


def test_boot_disk_and_data_disk_are_as_the_stack_says() -> None:
    fast = {"size": 100, "type": "hyperdisk-balanced", "iops": 6000, "throughput": 300}
    program = run(machine="c3-standard-4", boot_disk={"size": 40, "type": "pd-ssd"}, data_disk=fast)
    hyper = run(machine="n4-standard-2", boot_disk={**fast, "size": 30}, data_disk={**fast, "iops": None})

    boot = one(program, "host-machine")["bootDisk"]
    assert boot["initializeParams"] == {"image": "debian-cloud/debian-13", "size": 40, "type": "pd-ssd"}
    assert boot["autoDelete"] is True
    data = one(program, "host-data")
    said = (data["size"], data["type"], data["provisionedIops"], data["provisionedThroughput"])
    assert said == (100, "hyperdisk-balanced", 6000, 300)
    assert one(hyper, "host-machine")["bootDisk"]["initializeParams"]["provisionedIops"] == 6000
    assert one(hyper, "host-machine")["bootDisk"]["initializeParams"]["provisionedThroughput"] == 300
    assert "provisionedIops" not in one(hyper, "host-data")


def test_the_data_disk_is_attached_where_the_startup_script_looks_for_it(dev: Program) -> None:
    assert one(dev, "host-machine")["attachedDisks"] == [
        {
            "source": "projects/acme-dev/zones/europe-west3-c/disks/tandem-test-data",
            "deviceName": "tandem-data",
            "mode": "READ_WRITE",
        }
    ]


def test_it_is_stopped_for_an_update_only_when_that_was_said(dev: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(names.ENV_ALLOW_DOWNTIME, "1")

    assert one(dev, "host-machine")["allowStoppingForUpdate"] is False
    assert one(run(), "host-machine")["allowStoppingForUpdate"] is True


def test_everything_that_takes_labels_says_project_stack_and_profile() -> None:
    program = run(labels={"team": "shop"})
    labelled = [resource for resource in program.resources if "labels" in resource.inputs and "gcp:" in resource.type]

    assert {resource.name for resource in labelled} == {"host-address", "host-data", "host-machine"}
    for resource in labelled:
        said = {"project": "tandem", "stack": "test", "profile": "dev", "team": "shop"}
        assert resource.inputs["labels"] == said


# What outlives what


def test_prod_protects_machine_disk_and_address_and_dev_does_not(dev: Program, prod: Program) -> None:
    def protected(program: Program) -> set[str]:
        return {resource.name for resource in program.resources if resource.protect}

    assert protected(prod) == {"host-address", "host-data", "host-machine"}
    assert one(prod, "host-machine")["deletionProtection"] is True
    assert protected(dev) == set()
    assert one(dev, "host-machine")["deletionProtection"] is False


def test_a_stack_may_say_otherwise_than_its_profile() -> None:
    careful, careless = run(protect=True), run(profile="prod", protect=False, accept=("no-protection",))

    assert careful.one("host-data").protect
    assert one(careful, "host-machine")["deletionProtection"] is True
    assert not careless.one("host-data").protect
    assert one(careless, "host-machine")["deletionProtection"] is False


def test_a_data_disk_that_goes_leaves_a_snapshot_but_for_throwaway_data(dev: Program, prod: Program) -> None:
    assert one(prod, "host-data")["createSnapshotBeforeDestroy"] is True
    assert one(dev, "host-data")["createSnapshotBeforeDestroy"] is False


def test_a_data_disk_that_was_made_anew_of_a_snapshot_is_no_difference(dev: Program) -> None:
    assert set(dev.one("host-data").ignore_changes) == {"snapshot", "image"}


def test_prod_takes_snapshots_of_both_disks_every_day_and_keeps_them_without_their_disk(prod: Program) -> None:
    policy = one(prod, "host-snapshots")["snapshotSchedulePolicy"]
    attached = {found.name: found.inputs["disk"] for found in prod.resources if "PolicyAttachment" in found.type}

    assert policy["schedule"]["dailySchedule"] == {"daysInCycle": 1, "startTime": "03:00"}
    assert policy["retentionPolicy"] == {"maxRetentionDays": 14, "onSourceDiskDelete": "KEEP_AUTO_SNAPSHOTS"}
    assert attached == {"host-snapshots-boot": "tandem-prod", "host-snapshots-data": "tandem-prod-data"}
    assert all(found.inputs["name"] == "tandem-prod-snapshots" for found in prod.resources if "Policy" in found.type)


def test_snapshots_are_the_profiles_unless_the_stack_says_so(dev: Program) -> None:
    own = run(snapshots={"keep_days": 5, "at": "23:00"})
    none = run(profile="prod", snapshots="none", accept=("no-snapshots",))

    assert dev.of("gcp:compute/resourcePolicy:ResourcePolicy") == []
    assert none.of("gcp:compute/resourcePolicy:ResourcePolicy") == []
    said = one(own, "host-snapshots")["snapshotSchedulePolicy"]
    assert said["schedule"]["dailySchedule"]["startTime"] == "23:00"
    assert said["retentionPolicy"]["maxRetentionDays"] == 5


def test_whatever_is_on_the_machine_goes_with_it_and_comes_anew_with_a_new_one(dev: Program) -> None:
    on_it = [found for found in dev.resources if found.type.startswith(("docker:", "command:"))]

    assert len(on_it) == 9
    assert {found.deleted_with for found in on_it} == {"host-machine"}
    assert {found.replace_with for found in on_it} == {("host-machine",)}
    assert not any(found.deleted_with for found in dev.resources if found.type.startswith("gcp:"))


def test_every_name_is_said_so_that_nothing_volatile_replaces_anything(dev: Program) -> None:
    nameless = {"gcp:projects/iAMMember:IAMMember", "gcp:serviceaccount/account:Account"}
    for resource in dev.resources:
        if resource.type.startswith("gcp:") and resource.type not in nameless:
            assert resource.inputs["name"].startswith("tandem-test"), resource.name
            assert resource.inputs["project"] == "acme-dev"


# The way onto it


def test_the_machine_is_waited_for_then_its_ground_then_it_is_bootstrapped(dev: Program) -> None:
    assert {"host-machine", "host-firewall-ssh"} <= set(dev.one("host-answers").depends_on)
    assert "host-answers" in dev.one("host-grounded").depends_on
    assert "host-grounded" in dev.one("host-ready").depends_on
    assert "host-ready" in dev.one("host-docker").depends_on


def test_after_a_stop_for_another_type_the_machine_is_waited_for_anew_before_anything_else(dev: Program) -> None:
    larger = run(machine="e2-medium")

    before = {found.urn: found.inputs for found in dev.resources}
    changed = {found.name for found in larger.resources if found.inputs != before[found.urn]}
    assert changed == {"host-answers", "host-grounded", "host-machine"}


def test_waiting_rides_on_no_shared_connection_whose_groups_would_be_those_of_before(dev: Program) -> None:
    for name in ("host-answers", "host-grounded"):
        first = one(dev, name)["create"].index("ControlMaster=")
        assert one(dev, name)["create"][first:].startswith("ControlMaster=no")


def test_texts_are_the_same_words_whether_the_key_is_pinned_or_learnt(dev: Program) -> None:
    learnt = run(host_key=None)

    assert {found.urn: found.inputs for found in learnt.resources} == {
        found.urn: found.inputs for found in dev.resources
    }


def test_a_key_that_google_does_not_tell_is_one_failed_step_that_says_what_is_next() -> None:
    config = {**stacks.on_gce(host_key=None)}
    refused = engine.run(config, answers={google_made.GUEST_ATTRIBUTES: "Permission denied on getGuestAttributes"})
    silent = engine.run(config, answers={google_made.GUEST_ATTRIBUTES: google_made.host_keys("ssh-ed25519 AAAA")})

    said = one(refused, "host-grounded")["create"]
    assert f"the machine is made, at {google_made.ADDRESS}, but its host key is not known here" in said
    assert "Permission denied on getGuestAttributes" in said
    assert "next: tandem host-key' >&2; exit 1" in said
    assert "hold none" in one(silent, "host-grounded")["create"]


def test_with_listed_ranges_there_is_no_tunnel() -> None:
    listed = run(ssh={"public_keys": [stacks.PUBLIC_KEY], "sources": ["203.0.113.0/24"]})

    assert "gcloud" not in one(listed, "host-ready")["create"]
    assert one(listed, "host-docker")["host"] == f"ssh://deploy@{google_made.ADDRESS}:22"


def test_the_tunnel_leads_to_the_instance_by_its_name(dev: Program) -> None:
    words = "ProxyCommand=gcloud compute start-iap-tunnel tandem-test 22 --listen-on-stdin"

    assert words in one(dev, "host-ready")["create"]
    assert words in one(dev, "host-docker")["sshOpts"]
