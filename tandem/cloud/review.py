"""What gate and policy say of a plan: the decision is here, the telling is the command's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import policy
from config import names
from config.settings import Settings
from policy import Context, Finding, Options, Planned
from tandem.cloud import gate
from tandem.cloud.gate import Verdict
from tandem.engines import Step, StepFailed


@dataclass(frozen=True)
class Allowed:
    """What a person lets pass: resources by URN or logical name, and a stop of the machine."""

    resources: tuple[str, ...] = ()
    downtime: bool = False


NOTHING = Allowed()


def as_said() -> Allowed:
    """What holds without a word on the command line: the environment may have let the machine be stopped."""
    return Allowed(downtime=names.may_stop())


@dataclass(frozen=True)
class Review:
    """The outcome. `refused`: verdicts that may not pass. `unknown`: allowed by a name that the plan does not have."""

    verdicts: Sequence[Verdict] = ()
    refused: Sequence[Verdict] = ()
    findings: Sequence[Finding] = ()
    stale: Sequence[str] = ()
    unknown: Sequence[str] = field(default=())

    @property
    def refusals(self) -> list[str]:
        """Why the plan may not pass, a line each; none, and it may."""
        broken = [finding.line() for finding in self.findings if not finding.accepted]
        hint = ["rules and how to accept one: docs/policy.md"] if broken else []
        return [*(verdict.line() for verdict in self.refused), *broken, *hint]

    @property
    def warnings(self) -> list[str]:
        """What should be known and stops nobody."""
        passed = [verdict for verdict in self.verdicts if verdict not in self.refused]
        return [
            *(f"let through: {verdict.line().partition('. Next:')[0]}" for verdict in passed),
            *(f"accept_risk: {risk}: no rule needs it any more; take it out of the stack file" for risk in self.stale),
            *(f"--allow {name}: nothing of this plan has that name" for name in self.unknown),
        ]

    def explains(self, failures: Iterable[StepFailed]) -> bool:
        """Whether every failed step of a preview is one that is refused here, with a better word."""
        urns = {verdict.step.urn for verdict in self.refused}
        failed = [failure.urn for failure in failures]
        return bool(failed) and all(urn in urns for urn in failed)

    def as_json(self) -> dict[str, Any]:
        """For the last line of `--json`."""
        gates = [
            {
                "urn": verdict.step.urn,
                "danger": verdict.danger,
                "by": list(verdict.causes),
                "refused": verdict in self.refused,
                "way": verdict.way,
            }
            for verdict in self.verdicts
        ]
        rules = [
            {"rule": one.rule, "resource": one.resource, "message": one.message, "accepted": one.accepted}
            for one in self.findings
        ]
        return {"gate": gates, "policy": rules}


def review(settings: Settings, plan: Sequence[Step], allowed: Allowed = NOTHING) -> Review:
    """Gate and policy on a whole plan."""
    verdicts = gate.judge(plan)
    wanted = [_planned(step) for step in plan if step.operation != "delete"]
    findings = policy.check(wanted, Context.of(settings), settings.accept_risk)
    return Review(
        verdicts,
        gate.refused(verdicts, allowed=allowed.resources, downtime=allowed.downtime),
        findings,
        policy.stale(findings, settings.accept_risk) if wanted else (),
        gate.unknown(plan, allowed.resources),
    )


def _planned(step: Step) -> Planned:
    told = step.ignore_changes is not None
    options = Options(step.protect, step.delete_before_replace, step.ignore_changes, step.provider, told=told)
    return Planned(step.type, step.name, step.inputs, options)
