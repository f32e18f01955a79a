"""Names that the program, the command and the host scripts must agree on: labels, logical names, host paths.

Nothing here reads or writes anything. `components` and `tandem` never import each other; this file is where they meet.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the folder of `__main__.py`."""

NAMESPACE = "tandem"
"""Config namespace of every stack file, whatever the project is called."""

LABEL_PROJECT = "tandem.project"
LABEL_STACK = "tandem.stack"
LABEL_ENGINE = "tandem.engine"
LABEL_ROLE = "tandem.role"
LABEL_APP = "tandem.app"
LABEL_COLOUR = "tandem.colour"
LABEL_RELEASE = "tandem.release"
LABEL_IMAGE = "tandem.image"
LABEL_PORT = "tandem.port"
LABEL_JOB = "tandem.job"
LABEL_WORKER = "tandem.worker"
LABEL_CRON = "tandem.cron"

ENV_ENGINE = "TANDEM_ENGINE"
"""Set by the engines that are not the Pulumi CLI; absent means `pulumi`."""


ENV_ALLOW_DOWNTIME = "TANDEM_ALLOW_DOWNTIME"
"""1 = whoever deploys has said that the machine may be stopped: `tandem up --allow-downtime`."""

ENV_FINGERPRINT_KEY = "TANDEM_FINGERPRINT_KEY"
"""The key of secrets' fingerprints, where several machines deploy a stack; absent means a file of the checkout."""


ENV_DECLARE_ONLY = "TANDEM_DECLARE_ONLY"
"""1 = the program is run for what it declares, and nothing is made: secrets are placeholders, nobody is asked."""


OUTPUTS_VERSION = 1
"""Version of the contract about stack outputs, docs/outputs.md: raised when a name or a meaning changes."""


GOOGLE_PLUGIN = "10.2.0"
"""Version of the gcp plugin that stacks in Google Cloud were proved with: the program asks for it, the command too."""


def may_stop() -> bool:
    """Whether whoever deploys has said that the machine may be stopped."""
    return os.environ.get(ENV_ALLOW_DOWNTIME) == "1"


def declares_only() -> bool:
    """Whether the program is run for what it declares, without secrets (`tandem preview --since`)."""
    return os.environ.get(ENV_DECLARE_ONLY) == "1"


def engine() -> str:
    """The engine that runs this program: `offline`, or `pulumi` when nobody says otherwise."""
    return os.environ.get(ENV_ENGINE, "pulumi")


def stack_prefix(project: str, stack: str) -> str:
    """`<project>-<stack>`: the prefix of every explicit Docker name and of the stack's folder."""
    return f"{project}-{stack}"


def gateway(project: str, stack: str) -> str:
    """Docker name of the gateway container."""
    return f"{stack_prefix(project, stack)}-gateway"


def scheduler(project: str, stack: str) -> str:
    """Docker name of the container that starts cron jobs."""
    return f"{stack_prefix(project, stack)}-scheduler"


def files(kind: str) -> str:
    """Logical name of what installs a set of our files on the host: `gateway`, `jobs`."""
    return f"files-{kind}"


def volume(project: str, stack: str, app: str, name: str) -> str:
    """Docker name of an app's volume: explicit, so that a recreated stack finds its data again."""
    return f"{stack_prefix(project, stack)}-{app}-{name}"


def release(colour: str, digest8: str) -> str:
    """`<colour>-<hash8>`: what `X-Served-By` names and the switch proves."""
    return f"{colour}-{digest8}"


def container(app: str, release_id: str) -> str:
    """Logical (URN) name of a release's container: one URN per release, never replaced."""
    return f"{app}-{release_id}"


def split_release(release_id: str) -> tuple[str, str]:
    """`green-1a2b3c4d` as `("green", "1a2b3c4d")`."""
    colour, _, digest8 = release_id.partition("-")
    return colour, digest8


def stack_directory(project: str, stack: str) -> Path:
    """Where a stack keeps what belongs to it on this machine: engine pin, lock, state, local host files."""
    return ROOT / ".tandem" / stack_prefix(project, stack)


def host_directory(project: str, stack: str) -> Path:
    """HOSTDIR of a `local` stack."""
    return stack_directory(project, stack) / "host"


HOST_LOCK = "lock"
"""Below HOSTDIR: held while a command works on the stack; its first line says who, in JSON, and the switch reads it."""


def remote_directory(project: str, stack: str) -> str:
    """HOSTDIR of a stack on a machine of its own."""
    return f"/var/lib/tandem/{stack_prefix(project, stack)}"
