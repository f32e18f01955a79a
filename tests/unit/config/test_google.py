"""What a Google Cloud section means: names, the way to its machine, and what its profile decides."""

from __future__ import annotations

import re
from typing import Any

import pytest

from config import google_names, reached, ssh
from config.gce import GceHost, Snapshots
from config.hosts import SshHost
from tests import stacks


def section(**host: Any) -> GceHost:
    return GceHost.model_validate({**stacks.on_gce()["host"], **host})


@pytest.mark.parametrize(
    ("project", "stack"),
    [("shop", "prod"), ("Shop_2.x", "prod"), ("2shop", "dev"), ("s" * 80, "prod"), ("shop", "-" * 5)],
)
def test_a_name_in_google_cloud_has_the_letters_and_the_length_that_google_takes(project: str, stack: str) -> None:
    for name in (google_names.resource(project, stack), google_names.resource(project, stack, "snapshots")):
        assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", name), name
    assert re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", google_names.account(project, stack, "vm"))


def test_what_fits_is_the_name_itself_and_what_was_cut_stays_apart() -> None:
    assert google_names.resource("shop", "prod", "data") == "shop-prod-data"
    assert google_names.account("shop", "prod", "vm") == "shop-prod-vm"
    one, other = (google_names.resource("s" * 70, stack) for stack in ("prod1", "prod2"))
    assert one != other
    assert google_names.account("a-project-of-a-long-name", "staging", "vm") != google_names.account(
        "a-project-of-a-long-name", "staging", "db"
    )


def test_a_label_says_what_google_can_store() -> None:
    assert google_names.label("Shop.X/prod") == "shop-x-prod"


def test_the_machine_is_known_once_address_and_key_are() -> None:
    assert reached.known(section(host_key=None, address="203.0.113.7"), "shop", "prod") is None
    assert reached.known(section(address=None), "shop", "prod") is None
    known = reached.known(section(address="203.0.113.7"), "shop", "prod")
    assert isinstance(known, SshHost)
    assert (known.address, known.host_key, known.reached_at) == ("203.0.113.7", stacks.HOST_KEY, "203.0.113.7")


def test_another_tunnel_never_rides_on_this_ones_connection() -> None:
    machine = section(address="203.0.113.7")
    one, other = (reached.known(machine, "shop", stack) for stack in ("prod", "dev"))
    direct = section(address="203.0.113.7", ssh={"public_keys": [stacks.PUBLIC_KEY], "sources": ["203.0.113.0/24"]})
    plain = reached.known(direct, "shop", "prod")
    assert one
    assert other
    assert plain
    assert len({ssh.control_path(one), ssh.control_path(other), ssh.control_path(plain)}) == 3
    same = SshHost(kind="ssh", address="203.0.113.7", user="deploy", host_key=stacks.HOST_KEY)
    assert ssh.control_path(plain) == ssh.control_path(same)


def test_a_knock_needs_no_key_of_anybody() -> None:
    machine = reached.known(section(address="203.0.113.7"), "shop", "prod")
    assert machine
    words = ssh.knock(machine)
    first = {word.partition("=")[0]: word for word in reversed(words) if "=" in word}
    assert first["StrictHostKeyChecking"] == "StrictHostKeyChecking=no"
    assert first["PreferredAuthentications"] == "PreferredAuthentications=none"
    assert first["ControlPath"] == "ControlPath=none"


def test_the_profile_decides_what_the_stack_does_not_say() -> None:
    silent = section()
    assert (silent.protected("prod"), silent.protected("staging"), silent.protected("dev")) == (True, False, False)
    assert silent.snapshotted("prod") == Snapshots(keep_days=14)
    assert silent.snapshotted("staging") == Snapshots(keep_days=3)
    assert silent.snapshotted("dev") is None


def test_the_stack_may_say_otherwise() -> None:
    said = section(protect=False, snapshots={"keep_days": 2, "at": "11:00"})
    assert not said.protected("prod")
    assert said.snapshotted("dev") == Snapshots(keep_days=2, at="11:00")
    assert section(snapshots="none").snapshotted("prod") is None
