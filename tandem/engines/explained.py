"""Why a stack's program failed, for people."""

from __future__ import annotations

import traceback
from pathlib import Path


def explained(error: BaseException, program: Path) -> str:
    """A program's failure for people: its message, and the place in the program unless it was meant for people."""
    from pulumi import RunError

    text = str(error) or type(error).__name__
    if isinstance(error, RunError) or type(error).__module__.partition(".")[0] in ("config", "components"):
        return text
    if isinstance(error, SystemExit):
        return f"the program ended itself (exit {error.code})"
    inside = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(program)
    ]
    place = f" ({Path(inside[-1].filename).relative_to(program)}, line {inside[-1].lineno})" if inside else ""
    return f"the program failed: {type(error).__name__}: {text}{place}"
