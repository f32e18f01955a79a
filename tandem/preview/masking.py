"""What must not stand in a comment, whoever said it: values that this process knows to be secret."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping

from tandem.exits import Stop
from tandem.stack.session import Session

MASK = "[secret]"
SHORTEST = 4
"""Characters of a secret that can be told from ordinary words."""
SHORTEST_GUESSED = 8
"""The same of a variable that only sounds secret."""

_SOUNDS_SECRET = re.compile(r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|(?:API|PRIVATE|ACCESS|FINGERPRINT)_?KEY")


def masker(values: Iterable[str]) -> Callable[[str], str]:
    """Takes these values out of a text, the longest first."""
    known = sorted(set(values), key=len, reverse=True)

    def mask(text: str) -> str:
        for value in known:
            text = text.replace(value, MASK)
        return text

    return mask


def secrets(session: Session, environment: Mapping[str, str] = os.environ) -> set[str]:
    """Values of the stack's secrets that are in the environment, and of variables that sound like one."""
    found = {
        value for name, value in environment.items() if _SOUNDS_SECRET.search(name) and len(value) >= SHORTEST_GUESSED
    }
    try:
        settings = session.settings
    except Stop:  # no stack file, or not a valid one: nothing was read by it either
        return found
    wanted = [settings.secrets.wanted(name) for name in settings.used_secrets]
    own = {environment.get(one.key, "") for one in wanted if one.source == "env"}
    return found | {value for value in own if len(value) >= SHORTEST}
