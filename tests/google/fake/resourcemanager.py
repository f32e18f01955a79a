"""Projects: they are there, or nobody knows them."""

from __future__ import annotations

from tests.google.documents import Json
from tests.google.fake.call import Call, serves
from tests.google.fake.world import PROJECT_NUMBER


@serves("cloudresourcemanager.projects.get")
def project(call: Call) -> Json:
    """A project, whose number is always the same."""
    return {
        "projectId": call.project,
        "projectNumber": PROJECT_NUMBER,
        "lifecycleState": "ACTIVE",
        "name": call.project,
    }
