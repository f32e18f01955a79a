"""`python -m workflows.issue TITLE FILE OUTCOME`: one open issue as long as something is wrong, with its newest state.

OUTCOME is a step's: success closes the issue, anything else opens or updates it. The file's first line is the marker by
which it is found again, for example `<!-- tandem drift: shop/prod -->`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from workflows.github import Repository, here, told


def keep(repository: Repository, title: str, body: str, *, wrong: bool) -> str:
    """Opens, updates or closes it; says what was done. Raises GitHubError."""
    before = repository.ours("/issues?state=open&sort=created&direction=asc", body.splitlines()[0])
    if before is None:
        if not wrong:
            return "nothing to say"
        return f"opened: {repository.ask('POST', '/issues', {'title': title, 'body': body})['html_url']}"
    path = f"/issues/{before['number']}"
    if wrong:
        return f"updated: {repository.ask('PATCH', path, {'title': title, 'body': body})['html_url']}"
    repository.ask("PATCH", path, {"body": body, "state": "closed", "state_reason": "completed"})
    return f"closed: {before['html_url']}"


def main() -> None:
    """The command."""
    if len(sys.argv) != 4:
        sys.exit("usage: python -m workflows.issue TITLE FILE OUTCOME")
    title, file, outcome = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    told("issue", lambda: keep(here(), title, file.read_text(encoding="utf-8"), wrong=outcome != "success"))


if __name__ == "__main__":
    main()
