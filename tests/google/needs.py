"""What a test needs where it runs on the real engine with the real Google plugin: marks for whole modules."""

from __future__ import annotations

import pytest

from tests.google.pulumi import missing
from tests.machine.gce import LOOPS

THE_ENGINE = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(missing()), reason=f"the real engine: {missing()}"),
]
A_MACHINE = [*THE_ENGINE, pytest.mark.skipif(not LOOPS.exists(), reason="no loop devices here, so no data disk")]
"""For stories with a machine in the role of the instance."""
