from __future__ import annotations

from pathlib import Path

import pytest

from tandem.exits import USAGE, Stop
from tandem.hosts import pin
from tandem.stack.stackfile import StackFile

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID1Kg9Qt/xhC6NPFoJAOvlGpyB2ZDdN1XQ+RmzaxNdzI"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKfcMJgYIQbtuVBLqcdCTprIbXC7G5YdZc3UqeKtxIhs"

BLOCK = """\
config:
  # the machine
  tandem:host:   # ours
    kind: ssh
    address: 203.0.113.7   # Seoul
    user: deploy
    bastion: {address: 203.0.113.1, user: jump}  # on the way

  tandem:profile: prod
"""


def pinned(text: str, *, bastion: bool = False) -> str:
    return pin.pinned(StackFile(Path("Pulumi.prod.yaml"), text), KEY, bastion=bastion)


def test_a_key_is_added_below_the_section_and_every_other_byte_stays() -> None:
    line = "    bastion: {address: 203.0.113.1, user: jump}  # on the way\n"
    assert pinned(BLOCK) == BLOCK.replace(line, f'{line}    host_key: "{KEY}"\n')


def test_the_bastions_key_goes_into_its_own_section() -> None:
    assert pinned(BLOCK, bastion=True) == BLOCK.replace("user: jump}", f'user: jump, host_key: "{KEY}"}}')


@pytest.mark.parametrize("was", [f'"{OTHER}"', OTHER, "'ssh-rsa AAAA'", ""])
def test_a_pinned_key_is_replaced_whatever_its_quotes(was: str) -> None:
    before = f"config:\n  tandem:host:\n    host_key: {was}\n    kind: ssh  # far away\n".replace(": \n", ":\n")
    assert pinned(before) == f'config:\n  tandem:host:\n    host_key: "{KEY}"\n    kind: ssh  # far away\n'


def test_a_section_on_one_line_and_windows_line_ends_stay_so() -> None:
    before = "config:\r\n  tandem:host: {kind: ssh, port: 22, hardening: false}\r\n  tandem:profile: local\r\n"
    assert pinned(before) == before.replace("false}", f'false, host_key: "{KEY}"}}')


def test_a_file_that_says_it_already_stays_as_it_is() -> None:
    before = pinned(BLOCK)
    assert pinned(before) == before


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  tandem:profile: local\n",
        "config:\n  tandem:host:\n",
        "config:\n  tandem:host: here\n",
        "config:\n  a:b: &it {kind: ssh}\n  tandem:host: *it\n",
        "config:\n  tandem:host: &it\n    kind: ssh\n",
        "config:\n  tandem:host: [kind\n",
    ],
)
def test_what_cannot_be_edited_safely_is_refused_and_said(text: str) -> None:
    with pytest.raises(Stop, match=r"Pulumi\.prod\.yaml") as refused:
        pinned(text)
    assert refused.value.code == USAGE


def test_a_bastion_that_is_not_there_is_refused() -> None:
    with pytest.raises(Stop, match="bastion"):
        pinned("config:\n  tandem:host: {kind: ssh}\n", bastion=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{kind: gce, address: 198.51.100.7, zone: z, host_key: 'a b'}", "{kind: gce, zone: z}"),
        ("{kind: gce, zone: z, address: 198.51.100.7, host_key: 'a b'}", "{kind: gce, zone: z}"),
        ("{kind: gce, zone: z}", "{kind: gce, zone: z}"),
        (
            "\n    kind: gce  # made\n    address: 1.2.3.4\n    zone: z\n    host_key: a b",
            "\n    kind: gce  # made\n    zone: z",
        ),
    ],
)
def test_what_is_gone_with_a_machine_is_taken_out_and_nothing_else(before: str, after: str) -> None:
    text = "config:\n  tandem:host: {}\n  tandem:profile: dev\n"
    done = pin.without(text.replace("{}", before), ["config", "tandem:host"], ["address", "host_key"])

    assert done == text.replace("{}", after)
