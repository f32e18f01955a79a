"""What every test may rely on."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest

# What a shell starts in the background ignores Ctrl-C, and so would whatever the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where Python may not write byte code, each run would compile every test, and each process that one starts the command.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

E2E = [Path(__file__).parent / room for room in ("e2e", "ssh", "storage", "workflows")]
"""Folders in which every test is `e2e`, whatever the file."""

# Collecting makes many objects and no garbage.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what tells whole stories on Docker."""
    for item in items:
        if any(room in item.path.parents for room in E2E):
            item.add_marker(pytest.mark.e2e)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: going over it in every test was a tenth of their time."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(50_000)
