"""What `ssh` said on its way, as people read it. The words were recorded from OpenSSH 9.2."""

from __future__ import annotations

import re

import pytest

from config.bootstrap import FILES
from config.hosts import Bastion, SshHost
from tandem.hosts import trouble
from tests.stacks import HOST_KEY

HOST = SshHost(kind="ssh", address="203.0.113.7", user="deploy", key="~/.ssh/id_ed25519", host_key=HOST_KEY)
DOOR = trouble.door(HOST)

CHANGED = """\
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
The fingerprint for the ED25519 key sent by the remote host is
SHA256:53MFT5sEd98H0/jeoXDl8bWiRuTgv4VqJHHvzxiQDP4.
Host key verification failed.
"""


def test_another_host_key_is_told_with_both_fingerprints_and_the_way_out() -> None:
    said = trouble.explain(DOOR, CHANGED)

    assert "pinned  ssh-ed25519 SHA256:5STj33W0rXDuj7PQjfW4FqepfeTtL9w2R5Xygxi70Xs" in said
    assert "shown   ED25519 SHA256:53MFT5sEd98H0/jeoXDl8bWiRuTgv4VqJHHvzxiQDP4" in said
    assert "tandem host-key --replace" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Unable to negotiate: no matching host key type found. Their offer: ssh-rsa", "ssh-rsa"),
        ("ssh: connect to host 203.0.113.7 port 22: Connection refused", "nobody listens there"),
        ("ssh: connect to host 203.0.113.7 port 22: No route to host", "there is no route"),
        ("ssh: connect to host 203.0.113.7 port 22: Network is unreachable", "there is no route"),
        ("ssh: connect to host 203.0.113.7 port 22: Connection timed out", "no answer within 10 s"),
        ("ssh: Could not resolve hostname app.example.com: Name or service not known", "does not resolve"),
        ("deploy@203.0.113.7: Permission denied (publickey).", "the key ~/.ssh/id_ed25519 does not open it"),
        ("@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @", "chmod 600 ~/.ssh/id_ed25519"),
        ("kex_exchange_identification: Connection closed by remote host", "hung up before the log-in"),
        ("Session open refused by peer", "MaxSessions"),
        ("something new\n", "cannot log in: something new"),
    ],
)  # fmt: skip
def test_each_failure_is_named(words: str, told: str) -> None:
    said = trouble.explain(DOOR, words)

    assert said.startswith("host deploy@203.0.113.7:22: ")
    assert told in said
    assert "\n" in said, "it says what to do"


def test_the_fix_for_too_few_sessions_says_what_the_bootstrap_really_sets() -> None:
    raised = re.search(r"MaxSessions (\d+)", (FILES / "lib" / "sshd.sh").read_text())

    assert raised is not None
    assert f"raises it to {raised[1]}" in trouble.explain(DOOR, "Session open refused by peer")


def test_without_a_key_file_it_is_the_agent_that_has_none() -> None:
    door = trouble.door(HOST.model_copy(update={"key": None}))

    assert "no key of the SSH agent opens it" in trouble.explain(door, "Permission denied (publickey).")


def test_a_bastion_is_a_door_of_its_own() -> None:
    way = HOST.model_copy(update={"bastion": Bastion(address="gate", user="jump", host_key=HOST_KEY)})

    assert trouble.bastion(HOST) is None
    assert str(trouble.bastion(way)) == "bastion jump@gate:22"
