"""Parts of documentation that a test writes: between `<!-- name -->` and `<!-- /name -->`."""

from __future__ import annotations

from pathlib import Path


def between(page: Path, name: str) -> str:
    """What stands between the marks."""
    text = page.read_text(encoding="utf-8")
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- /{name} -->")[0]


def put_between(page: Path, name: str, text: str) -> None:
    """Writes it anew."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"\n<!-- /{name} -->")
    assert mark, f"{page} has no place for {name}"
    assert end, f"{page} has no end for {name}"
    page.write_text(before + mark + text + end + after, encoding="utf-8")
