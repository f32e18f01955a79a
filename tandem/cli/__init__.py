"""The command line. Thin: it reads words, opens a session, calls the story, turns its end into an exit code."""

from __future__ import annotations

import gc
import os
import sys

from tandem.cli import early


def main() -> None:
    """Entry point of `tandem`."""
    early.begin()
    # A command lives for a second or two, and nearly all it makes comes from imports and stays to its end: looking
    # through that for garbage, again and again and once more at the exit, took 0.3 s of the 1.4 s of a no-op `up`.
    gc.disable()
    # Nobody extends the models; pydantic would look through all installed packages for who might, here and in
    # the program.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from tandem.cli.root import app

    try:
        sys.exit(app())
    finally:
        gc.freeze()
