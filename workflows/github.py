"""GitHub's REST API, as little of it as the workflows need. Who one is and where: the variables that every job has."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

LIMIT = 30.0
"""Seconds for one request."""
PER_PAGE = 100
BOT = "github-actions[bot]"
"""Who a job's own token is."""


class GitHubError(Exception):
    """GitHub refused, or cannot be reached; `status` is 0 then."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Repository:
    """`api`: https://api.github.com; `name`: acme/shop; `author`: whose comments and issues are ours."""

    api: str
    name: str
    token: str
    author: str = BOT

    def ask(self, method: str, path: str, said: Mapping[str, Any] | None = None) -> Any:
        """The answer to one request below the repository. Raises GitHubError."""
        request = urllib.request.Request(  # noqa: S310  (the address is GitHub's own)
            f"{self.api}/repos/{self.name}{path}",
            method=method,
            data=None if said is None else json.dumps(said).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=LIMIT) as answer:  # noqa: S310  (the address is GitHub's own)
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            told = error.read().decode(errors="replace")[:500]
            raise GitHubError(f"{method} {path}: {error.code} {error.reason}: {told}", error.code) from None
        except OSError as error:
            raise GitHubError(f"{method} {path}: {error}") from None

    def every(self, path: str) -> Iterator[Any]:
        """Everything of a list, however many pages it has."""
        page = 1
        while True:
            found = self.ask("GET", f"{path}{'&' if '?' in path else '?'}per_page={PER_PAGE}&page={page}")
            yield from found
            if len(found) < PER_PAGE:
                return
            page += 1

    def ours(self, path: str, marker: str) -> dict[str, Any] | None:
        """The first comment or issue of a list that we wrote and that begins with this line.

        Anybody may write that line; what others wrote is left alone.
        """
        for one in self.every(path):
            first = next(iter((one.get("body") or "").splitlines()), "")
            if first == marker and (one.get("user") or {}).get("login") == self.author and "pull_request" not in one:
                found: dict[str, Any] = one
                return found
        return None


def here(environment: Mapping[str, str] = os.environ) -> Repository:
    """The repository of this job. Raises GitHubError naming what is missing."""
    missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not environment.get(name)]
    if missing:
        raise GitHubError(f"{', '.join(missing)}: not set; a job's token must be handed to the step by name")
    return Repository(
        environment.get("GITHUB_API_URL", "https://api.github.com"),
        environment["GITHUB_REPOSITORY"],
        environment["GITHUB_TOKEN"],
        environment.get("GITHUB_AUTHOR", BOT),
    )


def told(name: str, story: Callable[[], str]) -> NoReturn:
    """Tells a story, prints its last word, and ends this process: 0, or 1 and what GitHub said."""
    try:
        sys.stdout.write(f"{story()}\n")
    except (GitHubError, OSError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        sys.exit(1)
    sys.exit(0)
