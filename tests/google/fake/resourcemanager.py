"""Projects: they are there, or nobody knows them."""

from __future__ import annotations

from tests.google.documents import Json
from tests.google.fake.call import Call, serves


@serves("cloudresourcemanager.projects.get")
def project(call: Call) -> Json:
    """A project."""
    return {
        "projectId": call.project,
        "projectNumber": call.world.projects[call.project],
        "lifecycleState": "ACTIVE",
        "name": call.project,
    }
