"""Google's own command, for what is asked without an engine. It never asks back."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

LIMIT = 30.0
"""Seconds for one question; `gcloud` alone takes one or two."""


def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """`gcloud …`, to its end. Raises FileNotFoundError where it is not on PATH, TimeoutExpired after LIMIT."""
    return subprocess.run(words, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL, check=False)
