"""The rules a stack can break on purpose, and under which name it accepts that: `tandem:accept_risk`.

Names are a contract: they appear in stack files, in the policy's findings and in docs/policy.md. Sources of the rules:
CIS Google Cloud Foundation Benchmark and checkov's ids.
"""

from __future__ import annotations

from typing import Literal

Risk = Literal[
    "public-ip",
    "http-open",
    "ssh-open",
    "no-protection",
    "no-snapshots",
    "soft-delete-off",
    "force-destroy",
    "no-versioning",
    "os-login-off",
    "same-region-backups",
    "no-hardening",
]
