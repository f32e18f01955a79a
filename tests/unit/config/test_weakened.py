from __future__ import annotations

from typing import Any, get_args

import pytest

from config.load import StackFileError, parse
from config.risks import Risk
from tests import stacks
from tests.unit.policy.test_table import IN_THE_FILE

BUCKET = {"kind": "gcs", "bucket": "acme-prod-media", "location": "europe-west1"}
BACKUPS = {**BUCKET, "purpose": "backups", "keep_days": 30}
WEAK: dict[str, tuple[str, dict[str, Any]]] = {
    "ssh-open": ("host.ssh.sources", {"ssh": {"public_keys": [stacks.PUBLIC_KEY], "sources": ["0.0.0.0/0"]}}),
    "no-protection": ("host.protect", {"protect": False}),
    "no-snapshots": ("host.snapshots", {"snapshots": "none"}),
    "no-hardening": ("host.hardening", {"hardening": False}),
    "soft-delete-off": ("storage.files.soft_delete_days", {"files": {**BUCKET, "soft_delete_days": 0}}),
    "no-versioning": ("storage.files.versioning", {"files": {**BUCKET, "versioning": False}}),
    "metrics-open": ("apps.web.metrics.allow", {"metrics": {"allow": ["10.0.0.0/8", "0.0.0.0/0"]}}),
    "same-region-backups": ("storage.files.location", {"files": {**BACKUPS, "location": "europe-west3"}}),
}
"""Risk → where the file says it, and how: under host, as a storage, or of the app."""
SECTIONS = {"files": "storage", "metrics": "apps"}
"""Where what has such a key belongs, if not under host."""


def stack(said: dict[str, Any], **more: Any) -> dict[str, Any]:
    section = next((name for key, name in SECTIONS.items() if key in said), "host")
    whole = {**stacks.on_gce(**(said if section == "host" else {})), "profile": "prod", **more}
    if section == "apps":
        return {**whole, "apps": {"web": {**stacks.WEB, **said}}}
    return {**whole, "storage": said} if section == "storage" else whole


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(StackFileError) as refused:
        parse(config, "Pulumi.prod.yaml")
    return str(refused.value)


def test_prod_is_refused_for_what_this_file_says_it_is() -> None:
    assert WEAK.keys() == IN_THE_FILE <= set(get_args(Risk))


@pytest.mark.parametrize("risk", sorted(WEAK))
def test_weakening_prod_is_refused_with_where_why_and_the_two_ways_out(risk: str) -> None:
    path, said = WEAK[risk]
    message = refusal(stack(said))

    assert f"Pulumi.prod.yaml: {path}: " in message
    assert "which prod refuses, for example " in message
    assert message.endswith(f"or say accept_risk: [{risk}]")


@pytest.mark.parametrize("risk", sorted(WEAK))
def test_a_risk_that_is_accepted_by_name_is_taken(risk: str) -> None:
    _, said = WEAK[risk]

    assert parse(stack(said, accept_risk=[risk]), "Pulumi.prod.yaml").accept_risk == (risk,)


@pytest.mark.parametrize("profile", ["dev", "staging"])
@pytest.mark.parametrize("risk", sorted(WEAK))
def test_other_profiles_may_be_weak(risk: str, profile: str) -> None:
    _, said = WEAK[risk]

    parse({**stack(said), "profile": profile}, f"Pulumi.{profile}.yaml")


def test_two_halves_of_the_world_are_the_world() -> None:
    halves = {"public_keys": [stacks.PUBLIC_KEY], "sources": ["203.0.113.0/24", "0.0.0.0/1", "128.0.0.0/1"]}

    assert "opens the machine's door to everybody (0.0.0.0/1, 128.0.0.0/1)" in refusal(stack({"ssh": halves}))


def test_all_weaknesses_are_told_at_once() -> None:
    message = refusal(stack({"protect": False, "snapshots": "none", "hardening": False}))

    assert [line.count("accept_risk") for line in message.splitlines() if "refuses" in line] == [1, 1, 1]


def test_a_risk_that_does_not_exist_cannot_be_accepted() -> None:
    assert "accept_risk[0]: must be one of public-ip" in refusal(stack({}, accept_risk=["no-backup"]))
