"""Tables as text: aligned columns, or, where the terminal is too narrow for them, a few lines for each row."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence

Rows = Sequence[Sequence[str]]
"""The first row is the header."""

GAP = "   "
"""Between two cells of a row that has lines of its own."""


def columns(rows: Rows) -> list[str]:
    """Rows as aligned text."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def table(rows: Rows) -> list[str]:
    """Rows as this process's terminal has room for; aligned where there is none, for whoever reads a file or pipe."""
    return fitted(rows, shutil.get_terminal_size().columns if sys.stdout.isatty() else None)


def fitted(rows: Rows, width: int | None) -> list[str]:
    """Aligned where that is at most `width` characters, None = any; else each row is its first cell, then the rest."""
    aligned = columns(rows)
    if width is None or max(map(len, aligned)) <= width:
        return aligned
    header, *rest = rows
    return [line for row in rest for line in (row[0], *_folded(header[1:], row[1:], width))]


def _folded(header: Sequence[str], row: Sequence[str], width: int) -> Iterator[str]:
    """`name value` of each cell that says something, as many to a line as fit."""
    line = ""
    for name, cell in zip(header, row, strict=True):
        if cell == "-":
            continue
        said = f"{name.lower()} {cell}"
        if line and len(line) + len(GAP) + len(said) > width:
            yield line
            line = ""
        line = f"{line}{GAP}{said}" if line else f"  {said}"
    if line:
        yield line
