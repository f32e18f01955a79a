"""The context `github` of a run on `main`, and who its jobs are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflows.repository import git


def context(bare: Path, event: str = "push", **more: Any) -> dict[str, Any]:
    """As GitHub fills it in for the head of `main`."""
    return {
        "actor": "ann",
        "repository": "acme/shop",
        "repository_owner": "acme",
        "token": "gh-token",
        "run_id": 7,
        "server_url": "https://github.example",
        "api_url": "http://127.0.0.1:9",
        "sha": git(bare, "rev-parse", "main"),
        "ref": "refs/heads/main",
        "ref_name": "main",
        "event_name": event,
        "event": {"repository": {"default_branch": "main"}},
        "clone_url": str(bare),
        **more,
    }
