"""What a Prometheus elsewhere could scrape, as the stack declares it: a stack output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pulumi

from components.app import App
from components.gateway.component import Gateway
from config import targets


def scrape_targets(apps: Iterable[App], gateway: Gateway) -> pulumi.Output[list[dict[str, Any]]]:
    """A target group per release of every app that declares `metrics`; see docs/outputs.md."""
    found = [_of(app, gateway) for app in apps if app.section.metrics]
    return pulumi.Output.all(*found).apply(_flat)


def _of(app: App, gateway: Gateway) -> pulumi.Output[list[dict[str, Any]]]:
    releases = [str(one["release"]) for one in app.releases.values()]
    return pulumi.Output.from_input(gateway.url(app.section)).apply(
        lambda url: targets.groups(
            project=app.host.project, stack=app.host.stack, app=app.name, releases=releases, live=app.live, url=str(url)
        )
    )


def _flat(found: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [group for groups in found for group in groups]
