"""Secrets from Google's Secret Manager: versions that exist are read; the others the stack makes, see `kept`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pulumi_gcp import secretmanager

from components.secrets import stack
from config import names
from config.nearest import did_you_mean
from config.secrets import Wanted
from sources.found import Found, SourceError, pick


def read(project: str, wanted: Sequence[Wanted]) -> Found:
    """The values, read now and not as outputs: an error then comes before anything was made. Raises SourceError."""
    if names.engine() != "pulumi":
        raise SourceError(
            "source `gcp`: only the engine pulumi reads Google's Secret Manager; "
            "next: tandem --engine pulumi, or source: env"
        )
    # What the stack makes, it makes of its own encrypted config, under the name that apps use.
    made = stack.read([replace(one, key=one.own_key) for one in wanted if one.made])
    there = [_version(project, one) for one in wanted if not one.made]
    return Found(
        {**made.values, **{name: value for one in there for name, value in one.values.items()}},
        (*made.missing, *(line for one in there for line in one.missing)),
        {name: version for one in there for name, version in one.versions.items()},
    )


def _version(project: str, one: Wanted) -> Found:
    version = str(one.said.version)
    place = f"projects/{project}/secrets/{one.key}/versions/{version}"
    try:
        said = secretmanager.get_secret_version_access(project=project, secret=one.key, version=version)
    except Exception as error:  # noqa: BLE001  (the SDK has no narrower one)
        why = _reason(error)
        return Found(
            {}, (f"secret {one.name}: {place} cannot be read (source `gcp`): {why}; {_next(project, one, why)}",)
        )
    found = pick([one], {one.key: said.secret_data}, lambda _: f"{place} is empty (source `gcp`)")
    # Latest is another value tomorrow: only the value itself tells.
    return replace(found, versions={one.name: place} if version != "latest" else {})


def _reason(error: Exception) -> str:
    said = str(error)
    return (said.partition(" failed: ")[2] or said).strip().splitlines()[-1].removesuffix(".")


def _next(project: str, one: Wanted, why: str) -> str:
    if "has not been used in project" in why:
        return f"next: gcloud services enable secretmanager.googleapis.com --project={project}"
    if "401" in why:
        return "next: gcloud auth application-default login"
    if "403" in why or "denied" in why.lower():
        return (
            f"next: gcloud secrets add-iam-policy-binding {one.key} --project={project} "
            "--role=roles/secretmanager.secretAccessor --member=… for whoever deploys"
        )
    look = f"next: gcloud secrets versions list {one.key} --project={project}"
    hint = did_you_mean(one.key, _ids(project)) if "404" in why or "not found" in why.lower() else ""
    return f"{look}; {hint}" if hint else look


def _ids(project: str) -> Iterable[str]:
    """The secrets that are there, as far as whoever deploys may see them."""
    try:
        return [found.secret_id for found in secretmanager.get_secrets(project=project).secrets]
    except Exception:  # noqa: BLE001  (a hint, and the same error once more)
        return []
