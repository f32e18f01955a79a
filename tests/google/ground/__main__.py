"""What a stack makes in Google Cloud and nothing on the machine: the host without a way to it, secrets and buckets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi
import pulumi_command as command

from components import secrets
from components.hosts.gce.host import Gce
from components.hosts.gce.learnt import Known
from components.storage.component import Storages
from config.gce import GceHost
from config.load import load
from config.reach import NOBODYS_KEY


class Ground(Gce):
    """A machine that nobody logs in to."""

    def _await(self, name: str, *_words: Any, **_more: Any) -> command.local.Command:
        return command.local.Command(f"host-{name}", create="true", opts=pulumi.ResourceOptions(parent=self))

    def _known_key(self, *_: Any) -> pulumi.Output[Known]:
        return pulumi.Output.from_input(Known(NOBODYS_KEY))

    def _reach(self, *_: Any, **_more: Any) -> None:
        """Not at all."""


stack = load()
assert isinstance(stack.host, GceHost)
vault = secrets.opened(stack)
host = Ground("host", stack.host, ports=[stack.gateway.port], profile=stack.profile)
secrets.keep("secrets", stack, vault=vault, host=host)
Storages(stack.storage, apps=stack.apps, host=host, vault=vault)
