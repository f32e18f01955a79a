"""`python -m workflows.comment NUMBER FILE`: the file as a comment of a pull request, in place of the one before it.

The file's first line is the marker by which it is found again, for example `<!-- tandem preview: shop/prod -->`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from workflows.github import Repository, here, told


def keep(repository: Repository, number: str, body: str) -> str:
    """Writes it, over the comment with that marker where there is one; says what was done. Raises GitHubError."""
    marker = body.splitlines()[0]
    before = repository.ours(f"/issues/{number}/comments", marker)
    if before is None:
        return f"written: {repository.ask('POST', f'/issues/{number}/comments', {'body': body})['html_url']}"
    path = f"/issues/comments/{before['id']}"
    return f"updated: {repository.ask('PATCH', path, {'body': body})['html_url']}"


def main() -> None:
    """The command."""
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("usage: python -m workflows.comment NUMBER FILE")
    number, file = sys.argv[1], Path(sys.argv[2])
    told("comment", lambda: keep(here(), number, file.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
