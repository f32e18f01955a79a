"""Rules over planned resources: plain functions, run by unit tests on every stack and by `tandem preview`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from policy import containers, data, identity, machine, network, secrets
from policy.planned import Options, Planned
from policy.rule import Context, Finding, Rule

__all__ = ["RULES", "Context", "Finding", "Options", "Planned", "Rule", "check", "stale"]

RULES: tuple[Rule, ...] = tuple(
    found
    for room in (machine, network, identity, data, containers, secrets)
    for found in vars(room).values()
    if isinstance(found, Rule)
)
"""Every rule, in the order of docs/policy.md."""


def check(resources: Sequence[Planned], context: Context, accepted: Collection[str] = ()) -> list[Finding]:
    """What is wrong with a plan, accepted findings among it."""
    found = [finding for rule in RULES for finding in rule(resources, context)]
    return [replace(finding, accepted=finding.rule in accepted) for finding in found]


def stale(findings: Iterable[Finding], accepted: Iterable[str]) -> list[str]:
    """Accepted risks that no rule needs: the stack file may leave them out."""
    needed = {finding.rule for finding in findings}
    return [risk for risk in accepted if risk not in needed]
