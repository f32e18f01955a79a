"""Google's own Python client, pointed at the fake: a second opinion on what the fake answers."""

from __future__ import annotations

from typing import Any

from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build  # type: ignore[import-untyped]

from tests.google.fake import Fake
from tests.google.fake.routes import APIS

_BASES = {"compute": "compute/v1/", "storage": "storage/v1/"}


def client(fake: Fake, api: str) -> Any:
    """The client of one API; its methods are those of Google's document."""
    version = "v1" if api == "compute" else APIS[api]
    endpoint = f"{fake.url}/{_BASES.get(api, f'{api}/')}"
    return build(
        api,
        version,
        static_discovery=True,
        cache_discovery=False,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": endpoint},
    )
