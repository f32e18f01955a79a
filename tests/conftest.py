"""What every test may rely on."""

from __future__ import annotations

import gc
import os
import signal
import sys

# What a shell starts in the background ignores Ctrl-C, and so would whatever the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where Python may not write byte code, each run would compile every test, and each process that one starts the command.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Collecting makes many objects and no garbage.
gc.disable()


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: going over it in every test was a tenth of their time."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(50_000)
