from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

import policy
from config.load import parse
from config.profiles import Profile
from config.risks import Risk
from policy import RULES, Context, Finding, Options, Planned
from policy.planned import SECRET_MARK, UNKNOWN
from policy.rule import STRICTNESS
from tests import stacks
from tests.unit.policy.sound import BOX, BROKEN, BUCKET, MACHINE, SOUND, WAY_IN, but, open_to_all

PROD = Context(
    "prod",
    secrets=frozenset({"DATABASE_URL"}),
    backups=frozenset({"acme-backups"}),
    region="europe-west3",
)
NEEDS_NO_RESOURCE = {"no-hardening", "metrics-open"}
"""Said by the stack file alone."""


def broken(*resources: Planned, context: Context = PROD) -> set[str]:
    return {finding.rule for finding in policy.check(resources, context)}


def stack_with(resource: Planned) -> list[Planned]:
    """The sound stack with one resource in another's place, or beside them."""
    return [*(one for one in SOUND if one.name != resource.name), resource]


def test_a_sound_stack_has_no_findings() -> None:
    assert broken(*SOUND) == set()


def test_every_rule_has_an_example_that_breaks_it() -> None:
    assert BROKEN.keys() | NEEDS_NO_RESOURCE == {rule.name for rule in RULES}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_rule_finds_its_example_and_no_other_rule_does(name: str) -> None:
    assert broken(*stack_with(BROKEN[name])) == {name}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_rule_does_not_hold_for_less_strict_profiles(name: str) -> None:
    (rule,) = [rule for rule in RULES if rule.name == name]
    for profile in STRICTNESS:
        found = broken(*stack_with(BROKEN[name]), context=replace(PROD, profile=profile))
        assert (name in found) == (STRICTNESS.index(profile) >= STRICTNESS.index(rule.since))


def test_a_machine_that_is_not_hardened_is_found_by_what_the_file_says() -> None:
    assert broken(*SOUND, context=replace(PROD, hardened=False)) == {"no-hardening"}


def test_numbers_that_everybody_may_read_are_found_by_the_name_of_their_app_from_prod_on() -> None:
    open_to_all = replace(PROD, open_metrics=("web",))

    assert [one.line() for one in policy.check(SOUND, open_to_all)] == [
        "web: shows its numbers to everybody (metrics-open)"
    ]
    assert broken(*SOUND, context=replace(open_to_all, profile="staging")) == set()


def test_what_a_stack_file_says_of_numbers_reaches_the_rule() -> None:
    def of(*allow: str) -> Context:
        return Context.of(parse(stacks.stable(metrics={"allow": [*allow]}), "Pulumi.local.yaml"))

    assert of("10.0.0.0/8", "::/0").open_metrics == ("web",)
    assert of("10.0.0.0/8", "203.0.113.7/32").open_metrics == ()


def test_every_risk_one_can_accept_is_a_rule() -> None:
    assert set(get_args(Risk)) <= {rule.name for rule in RULES}


def test_names_of_rules_are_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_an_accepted_finding_stays_a_finding_and_says_so() -> None:
    found = policy.check(stack_with(open_to_all("80")), PROD, ["http-open"])

    assert [(one.rule, one.accepted) for one in found] == [("http-open", True)]
    assert found[0].line() == "firewall-web: opens port 80 to everybody (http-open; CKV_GCP_106)"


def test_a_risk_that_nobody_needs_is_stale() -> None:
    found = [Finding("http-open", "firewall-web", "opens port 80 to everybody", accepted=True)]

    assert policy.stale(found, ["ssh-open", "http-open"]) == ["ssh-open"]


@pytest.mark.parametrize("ranges", [["0.0.0.0/0"], ["::/0"], ["0.0.0.0/1", "128.0.0.0/1"], []])
def test_everybody_has_more_than_one_spelling(ranges: list[str]) -> None:
    assert "ssh-open" in broken(but(WAY_IN, sourceRanges=ranges))


@pytest.mark.parametrize("ports", [[], ["1-65535"], ["20-3389"]])
def test_a_span_of_ports_is_as_open_as_what_it_holds(ports: list[str]) -> None:
    found = broken(open_to_all(*ports))

    assert "port-open" in found
    assert ("ssh-open" in found) == bool(ports)


def test_ssh_at_another_port_is_found_by_its_rules_name() -> None:
    wide = but(WAY_IN, sourceRanges=["0.0.0.0/0"], allows=[{"protocol": "tcp", "ports": ["2222"]}])

    assert broken(wide) == {"ssh-open"}


def test_the_gateways_own_port_is_for_everybody() -> None:
    assert broken(open_to_all("8080"), context=replace(PROD, ports=frozenset({8080}))) == set()


def test_a_name_that_the_engine_generated_is_no_fixed_one() -> None:
    assert broken(but(BOX, name=f"{BOX.name}-c0ad537")) == set()
    assert broken(but(BOX, name=f"{BOX.name}-2")) == {"own-name"}


def test_a_secret_with_its_mark_is_none_in_the_clear() -> None:
    marked = {SECRET_MARK: "1b47061264138c4ac30d75fd1eb44270", "value": ["DATABASE_URL=postgres://x"]}

    assert broken(but(BOX, envs=marked)) == set()
    assert broken(but(BOX, envs="[secret]")) == set()


def test_a_private_key_is_a_secret_wherever_it_stands() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----"  # pragma: allowlist secret (it is none)
    found = policy.check([but(MACHINE, metadata={**MACHINE.inputs["metadata"], "x": {"key": [key]}})], PROD)

    assert [one.message for one in found if one.rule == "open-secret"] == [
        "holds a secret in the clear at metadata.x.key[0]"
    ]
    assert not [one for one in found if key in one.line()]


def test_what_a_plan_does_not_know_yet_breaks_nothing() -> None:
    unknown = next(iter(UNKNOWN))
    silent = Options(protect=True, told=False)
    parts = [
        replace(but(MACHINE, serviceAccount={"email": unknown}, metadata=unknown), options=silent),
        replace(but(BOX, image=unknown, name=unknown), options=silent),
        replace(but(BUCKET, location=unknown), options=silent),
        replace(but(WAY_IN, sourceRanges=[unknown]), options=silent),
    ]

    assert broken(*parts) - {"no-snapshots"} == set()


def test_profiles_from_least_to_most_strict_are_all_there() -> None:
    assert set(STRICTNESS) == set(get_args(Profile))
