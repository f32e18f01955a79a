"""Which way of speaking fits this process."""

from __future__ import annotations

import sys

from tandem.says.progress import Json, Plain, Show


def open_show(*, json_lines: bool) -> Show:
    """The right one for this process: JSON when asked, live on a terminal, else plain."""
    if json_lines:
        return Json()
    if sys.stdout.isatty():
        from tandem.says.terminal import Terminal

        return Terminal()
    return Plain()
