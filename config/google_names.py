"""Names in Google Cloud, of project and stack: explicit, so that nothing volatile ever replaces a resource. Pure."""

from __future__ import annotations

import hashlib
import re

from config import names

LONGEST = 63
"""Characters of a name of Compute Engine."""
LONGEST_ACCOUNT = 30
"""Characters of a service account's id; at least six."""


def resource(project: str, stack: str, part: str = "") -> str:
    """`<project>-<stack>` or `<project>-<stack>-<part>`, in the letters that Compute Engine takes."""
    return _fit("-".join(filter(None, (names.stack_prefix(project, stack), part))), LONGEST)


def account(project: str, stack: str, part: str) -> str:
    """The id of a service account, for example `shop-prod-vm`."""
    return _fit(f"{names.stack_prefix(project, stack)}-{part}", LONGEST_ACCOUNT)


def label(text: str) -> str:
    """Text as the value of a label."""
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())[:LONGEST]


def _fit(said: str, longest: int) -> str:
    """Unchanged where it can be; else cut, with a hash of the whole, so that two stacks never share a name."""
    plain = re.sub(r"[^a-z0-9-]", "-", said.lower()).strip("-")
    plain = plain if plain[:1].isalpha() else f"t-{plain}"
    if plain == said and len(plain) <= longest:
        return plain
    digest = hashlib.sha256(said.encode()).hexdigest()[:6]
    return f"{plain[: longest - len(digest) - 1].rstrip('-')}-{digest}"
