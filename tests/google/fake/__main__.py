"""`python -m tests.google.fake [PORT]`: the fake by itself, until it is interrupted; what it is asked, line by line."""

from __future__ import annotations

import signal
import sys
import time

from tests.google.fake import provider
from tests.google.fake.server import fake
from tests.google.fake.world import World


def say(*lines: str) -> None:
    """Lines, at once."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with fake(port=int(sys.argv[1]) if len(sys.argv) > 1 else 0) as running:
        project = next(iter(World().projects))
        say(*(f"{key}: {value}" for key, value in provider.settings(running.url, project).items()))
        shown = 0
        try:
            while True:
                new = running.log[shown:]
                say(*(f"{said.code} {said.method} {said.path}" for said in new))
                shown += len(new)
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
