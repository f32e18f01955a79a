"""`tandem status --json | python setup/empty.py demo:1`: arguments for the first deploy, `web=demo:1 admin=demo:1`.

Only apps that have no release yet; whatever was deployed here stays as it is.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any


def first_deploys(status: Mapping[str, Any], image: str) -> list[str]:
    """`<app>=<image>` for every app in the phase "empty"."""
    return [f"{name}={image}" for name, app in status["apps"].items() if app["phase"] == "empty"]


if __name__ == "__main__":
    sys.stdout.write(" ".join(first_deploys(json.load(sys.stdin), sys.argv[1])) + "\n")
