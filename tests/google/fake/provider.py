"""How Pulumi's Google provider is led to the fake: configuration of the stack, nothing of the product."""

from __future__ import annotations

from collections.abc import Mapping

_BASES = {
    "compute": "compute/beta/",
    "storage": "storage/v1/",
    "iam": "iam/v1/",
    "iamBeta": "iam/v1/",
    "resourceManager": "cloudresourcemanager/v1/",
    "cloudResourceManager": "cloudresourcemanager/v1/",
    "kms": "cloudkms/v1/",
    "iap": "iap/v1/",
    "secretManager": "secretmanager/v1/",
    "osLogin": "oslogin/v1/",
    "monitoring": "monitoring/",
    "logging": "logging/v2/",
}


def settings(url: str, project: str) -> Mapping[str, str]:
    """`gcp:…` keys for a stack file: this server for every API, a token that nobody checks."""
    endpoints = {f"gcp:{name}CustomEndpoint": f"{url}/{base}" for name, base in _BASES.items()}
    return {
        "gcp:project": project,
        "gcp:accessToken": "fake",
        "gcp:skipRegionValidation": "true",
        "gcp:userProjectOverride": "false",
        **endpoints,
    }
