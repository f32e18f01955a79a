"""What gate and policy say of a plan: the decision is here, the telling is the command's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import policy
from config import names
from config.settings import Settings
from policy import Context, Finding, Options, Planned
from tandem.cloud import gate, keys
from tandem.cloud.gate import Verdict
from tandem.engines import Step, StepFailed


@dataclass(frozen=True)
class Allowed:
    """What a person lets pass: resources by URN or logical name, and a stop of the machine."""

    resources: tuple[str, ...] = ()
    downtime: bool = False


NOTHING = Allowed()


def as_said(resources: Iterable[str] = ()) -> Allowed:
    """What the command line names, and whether the machine may be stopped: the environment may say that too."""
    return Allowed(tuple(resources), downtime=names.may_stop())


@dataclass(frozen=True)
class Review:
    """The outcome. `refused`: verdicts that may not pass. `unknown`: allowed by a name that the plan does not have.

    `whole`: whether the engine came to the end of the plan; else there may be more, and the policy was not asked.
    """

    verdicts: Sequence[Verdict] = ()
    refused: Sequence[Verdict] = ()
    findings: Sequence[Finding] = ()
    stale: Sequence[str] = ()
    unknown: Sequence[str] = field(default=())
    whole: bool = True

    @property
    def refusals(self) -> list[str]:
        """Why the plan may not pass, a line each; none, and it may."""
        broken = [finding.line() for finding in self.findings if not finding.accepted]
        hint = ["rules and how to accept one: docs/policy.md"] if broken else []
        if self.refused and not self.whole:
            hint.append("The engine stopped there: the whole plan may refuse more, and the policy was not asked.")
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
        """Whether every failed step of a preview fails by what is refused here, with a better word."""
        urns = {verdict.step.urn for verdict in self.refused}
        failed = [failure.protects or (failure.urn,) for failure in failures]
        return bool(failed) and all(urns.issuperset(one) for one in failed)

    def as_json(self) -> dict[str, Any]:
        """For the last line of `--json`."""
        gates = [
            {
                "urn": verdict.step.urn,
                "danger": verdict.danger,
                "by": [*verdict.causes, *verdict.holders],
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


def review(settings: Settings, plan: Sequence[Step], allowed: Allowed = NOTHING, *, whole: bool = True) -> Review:
    """Gate and policy on a plan; the gate alone on one that is not whole, as rules also look for what is missing."""
    seen = gated(settings, plan, allowed, whole=whole)
    wanted = [_planned(step) for step in plan if step.operation != "delete"]
    if not (whole and wanted):
        return seen
    findings = policy.check(wanted, Context.of(settings), settings.accept_risk)
    return replace(seen, findings=findings, stale=policy.stale(findings, settings.accept_risk))


def gated(settings: Settings | None, plan: Sequence[Step], allowed: Allowed = NOTHING, *, whole: bool = True) -> Review:
    """The gate alone. `settings`: None where the stack has no file any more, and no release that could need a key."""
    verdicts = [*gate.judge(plan), *(keys.judge(plan, settings) if settings else ())]
    refused = gate.refused(verdicts, allowed=allowed.resources, downtime=allowed.downtime)
    return Review(verdicts, refused, unknown=gate.unknown(plan, allowed.resources), whole=whole)


def _planned(step: Step) -> Planned:
    told = step.ignore_changes is not None
    options = Options(step.protect, step.delete_before_replace, step.ignore_changes, step.provider, told=told)
    return Planned(step.type, step.name, step.inputs, options)
