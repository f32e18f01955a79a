"""The comment of `tandem preview` on the real engine with the real Google plugin: protected things, and others."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config import names
from tandem.exits import OK, REFUSED
from tests.e2e.project import TANDEM, Ran
from tests.google import needs
from tests.google.fake import fake, provider
from tests.google.project import ACCEPTED, GOOGLE_PROJECT, host, storage
from tests.google.pulumi import Cli, engine_variables, project_file, stack_file

pytestmark = needs.THE_ENGINE

STACK = "prod"


@dataclass
class Ground:
    """The ground of a prod stack, made; `keys`: what leads the provider to the fake."""

    folder: Path
    keys: Mapping[str, Any]

    def says(self, *, protect: bool = True, bucket: str = "shop-media", risks: bool = True, **changes: Any) -> None:
        """Writes the stack file."""
        buckets = storage("shop")
        accepted = [*ACCEPTED, *(() if protect else ("no-protection",))]
        said = {
            "tandem:profile": "prod",
            "tandem:accept_risk": accepted if risks else accepted[1:],
            "tandem:host": host(None, protect=protect, **changes),
            "tandem:gateway": {"port": 8000},
            "tandem:storage": {**buckets, "media": {**buckets["media"], "bucket": bucket}},
        }
        stack_file({**said, **self.keys}, self.folder / f"Pulumi.{STACK}.yaml")

    def preview(self, *words: str) -> Ran:
        """`tandem preview`, with the words behind."""
        command = [str(TANDEM), "-C", str(self.folder), "-s", STACK, "--engine", "pulumi", "preview", *words]
        environment = {**os.environ, **engine_variables(self.folder / "state")}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("ground")
    project_file("shop", names.ROOT / "tests" / "google" / "ground", folder)
    with fake() as google:
        made = Ground(folder, provider.settings(google.url, GOOGLE_PROJECT))
        made.says()
        cli = Cli(folder, STACK, folder / "state")
        cli.ok("stack", "init")
        cli.ok("up", "--yes", "--skip-preview")
        yield made


def test_nothing_changes(ground: Ground) -> None:
    ground.says()
    quiet = ground.preview("--markdown")

    assert quiet.code == OK, quiet.text
    assert quiet.out.splitlines()[:2] == [
        "<!-- tandem preview: shop/prod -->",
        "### Preview of `shop/prod`: nothing changes",
    ]


def test_a_machine_that_would_be_replaced_and_is_protected_is_refused_in_our_words(ground: Ground) -> None:
    ground.says(zone="europe-west3-a")
    refused = ground.preview("--markdown")

    assert refused.code == REFUSED, refused.text
    (said,) = [line for line in refused.out.splitlines() if line.startswith("- `host-machine`: ")]
    assert "the machine would be replaced by" in said
    assert "`zone`. The way round is in `docs/growing.md#another-zone`" in said
    assert "The engine stopped there" in refused.out


def test_a_renamed_bucket_is_refused_where_nothing_is_protected_too_and_passes_where_it_is_meant(
    ground: Ground,
) -> None:
    ground.says(protect=False, bucket="shop-files")
    refused, meant = ground.preview("--json"), ground.preview("--markdown", "--allow", "storage-media")

    assert refused.code == REFUSED, refused.text
    said = json.loads(refused.out)
    assert (said["outcome"], said["engine"]) == ("refused", "pulumi")
    assert said["changes"][0]["name"] == "storage-media"
    assert [one["danger"] for one in said["gate"]] == ["replace"]
    assert meant.code == OK, meant.text
    assert "let through: storage-media: a bucket would be replaced by name" in meant.out


def test_another_machine_type_is_a_stop(ground: Ground) -> None:
    ground.says(machine="e2-standard-2")
    refused, meant = ground.preview("--markdown"), ground.preview("--markdown", "--allow-downtime")

    assert (refused.code, meant.code) == (REFUSED, OK), refused.text + meant.text
    (row,) = [line for line in refused.out.splitlines() if line.startswith("| **update, with a stop** |")]
    assert "| the machine | `host-machine` |" in row
    assert "`machineType`" in row


def test_a_finding_of_the_policy_is_refused(ground: Ground) -> None:
    ground.says(risks=False)
    refused = ground.preview("--markdown")

    assert refused.code == REFUSED, refused.text
    assert "- `public-ip`: `host-machine` is reached at a public address of its own" in refused.out
