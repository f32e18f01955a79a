"""A project whose stack makes an instance in the fake's Google Cloud and deploys onto a machine for tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from config import names
from config.risks import Risk
from tests.e2e.project import APP, STACK, Project, Ran, free_port, write_project_file
from tests.google.fake import Fake, provider
from tests.google.instance import Agent, host_keys
from tests.google.pulumi import Cli, engine_variables, stack_file
from tests.ssh.project import quoted, wipe
from tests.stacks import PUBLIC_KEY

GOOGLE_PROJECT = "acme-test"
ZONE = "europe-west3-c"
ACCEPTED: tuple[Risk, ...] = ("public-ip", "http-open", "os-login-off", "no-hardening")
"""What a machine for tests cannot be: its sshd listens elsewhere than where it is reached, and it has no OS Login."""


@dataclass(frozen=True)
class GoogleProject(Project):
    """One stack, prod-like unless it says otherwise, that begins with nothing."""

    google: Fake
    on: Agent | None
    """The machine in the role of the instance; None where no story gets that far."""

    @property
    def agent(self) -> Agent:
        """The same, where there is one."""
        assert self.on
        return self.on

    @property
    def bind(self) -> str:
        """All addresses: the machine's port is published from elsewhere."""
        return "0.0.0.0"

    @property
    def environment(self) -> dict[str, str]:
        """Of every command: a state of its own."""
        return {**os.environ, **engine_variables(self.directory / "state")}

    @property
    def cli(self) -> Cli:
        """The plain CLI on the same state."""
        return Cli(self.directory, STACK, self.directory / "state")

    @property
    def machine_name(self) -> str:
        """What the instance is called."""
        return f"{self.name}-{STACK}"

    @property
    def instance(self) -> Mapping[str, Any]:
        """The instance as the fake knows it."""
        return self.google.world.get(
            ("compute", f"projects/{GOOGLE_PROJECT}/zones/{ZONE}/instances/{self.machine_name}")
        )

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """`tandem …` on the real engine, whatever its exit code."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=400,
            env={**self.environment, **(env or {})}, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def docker(self, *arguments: str) -> str:
        """See `Project.docker`: on the machine."""
        return self.agent.machine.sh(f"docker {' '.join(map(quoted, arguments))}") + "\n"

    def known(self) -> list[str]:
        """The URNs that the engine's state has, without the stack itself."""
        deployment = json.loads(self.cli.ok("stack", "export").text)["deployment"]
        resources = deployment.get("resources") or []
        return sorted(one["urn"] for one in resources if one["type"] != "pulumi:pulumi:Stack")

    def said(self) -> dict[str, Any]:
        """The stack file's keys by now."""
        read: dict[str, Any] = YAML(typ="safe", pure=True).load(self.file.read_text(encoding="utf-8"))["config"]
        return read

    def accept(self, *risks: Risk) -> None:
        """Accepts these too."""
        document = YAML().load(self.file.read_text(encoding="utf-8"))
        document["config"]["tandem:accept_risk"] = [*ACCEPTED, *risks]
        with self.file.open("w", encoding="utf-8") as file:
            YAML().dump(document, file)

    def edit(self, section: str, **changes: Any) -> None:
        """Changes keys of a section of the stack file, as a person would; None takes a line out."""
        document = YAML().load(self.file.read_text(encoding="utf-8"))
        place = document["config"][f"tandem:{section}"]
        for key, value in changes.items():
            if value is None:
                place.pop(key, None)
            else:
                place[key] = value
        with self.file.open("w", encoding="utf-8") as file:
            YAML().dump(document, file)


def host(agent: Agent | None, **changes: Any) -> dict[str, Any]:
    """The `host` section: the machine's own port and key, and no tunnel, as there is nothing between."""
    door = {"sources": ["127.0.0.1/32"], "public_keys": [agent.machine.public_key if agent else PUBLIC_KEY]}
    way = {"key": str(agent.machine.key), "port": agent.machine.port} if agent else {}
    section = {
        "kind": "gce",
        "project": GOOGLE_PROJECT,
        "zone": ZONE,
        "machine": "e2-medium",
        "data_disk": {"size": 10},
        "snapshots": {"keep_days": 14},
        "ssh": {**door, **way},
        # The machine's sshd listens elsewhere than the port it is reached by.
        "hardening": False,
        "min_free_gb": 1,
    }
    return {**section, **changes}


def storage(name: str) -> dict[str, Any]:
    """Two buckets: files of the app, and backups in another region."""
    backups = {"purpose": "backups", "keep_days": 61, "retention_days": 7}
    media, others = bucket_names(name)
    return {
        "media": {"kind": "gcs", "bucket": media, "location": "europe-west3"},
        "backups": {"kind": "gcs", "bucket": others, "location": "europe-west1", **backups},
    }


def bucket_names(name: str) -> tuple[str, str]:
    """Of media and backups."""
    return f"{name}-media", f"{name}-backups"


@contextmanager
def google_project(
    directory: Path, google: Fake, agent: Agent | None, *, profile: str = "prod", **changes: Any
) -> Iterator[GoogleProject]:
    """A project with one app `web`, nothing made yet. `changes`: of the host's section."""
    name = f"gce{uuid.uuid4().hex[:6]}"
    if agent:
        google.world.address = agent.machine.address
        google.world.host_keys = host_keys(agent.machine)
        google.world.agent = agent
    port = agent.machine.gateway_port if agent else free_port()
    made = GoogleProject(directory, name, port, "pulumi", google, agent)
    write_project_file(made)
    said = {
        "tandem:profile": profile,
        "tandem:accept_risk": list(ACCEPTED) if profile == "prod" else [],
        "tandem:host": host(agent, **changes),
        "tandem:gateway": {"port": made.port, "bind": made.bind},
        "tandem:storage": storage(name),
        "tandem:apps": {"web": {**APP, "domains": ["web.localhost"], "storage": ["media"]}},
    }
    stack_file({**said, **provider.settings(google.url, GOOGLE_PROJECT)}, made.file)
    try:
        yield made
    finally:
        if agent:
            wipe(agent.machine, name)
        shutil.rmtree(names.stack_directory(name, STACK), ignore_errors=True)


def summary(ran: Ran) -> dict[str, int]:
    """What a `--json` run says it did, without what stayed as it was."""
    counts = json.loads(ran.out.strip().splitlines()[-1])["summary"]
    return {
        operation: counts[operation] for operation in ("create", "update", "delete", "replace") if counts.get(operation)
    }
