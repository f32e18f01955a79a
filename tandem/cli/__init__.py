"""The command line. Thin: it reads words, opens a session, calls the story, turns its end into an exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `tandem`."""
    from tandem.cli.root import app

    sys.exit(app())
