"""The programs whose inputs are judged: every stack of the repository, and variants that say all a stack file can."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

from config import load, names
from config.risks import Risk
from tandem.engines.mocks import google as google_made
from tests import engine, stacks
from tests.unit.identity import programs

STACKS = ("dev", "staging", "prod")
KEY = google_made.host_keys(stacks.HOST_KEY)
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKiZrRo4h4Qm0J4j0c3n5c2bqjYxJmZsNq8m6w1YtU2N deploy@acme"

_ACCOUNT = "serviceAccount:deploy@acme-prod.iam.gserviceaccount.com"

HOSTS: dict[str, dict[str, Any]] = {
    "fast disks, ranges": {
        "machine": "c4-standard-4",
        "image": "ubuntu-os-cloud/ubuntu-2404-lts-amd64",
        "boot_disk": {"size": 40, "type": "hyperdisk-balanced", "iops": 4000, "throughput": 200},
        "data_disk": {"size": 200, "type": "hyperdisk-balanced", "iops": 6000, "throughput": 300},
        "snapshots": {"keep_days": 7, "at": "04:00"},
        "ssh": {
            "sources": ["203.0.113.0/24", "198.51.100.0/24"],
            "login": "key",
            "user": "deploy",
            "key": "~/.ssh/id_ed25519",
            "public_keys": [PUBLIC],
            "port": 2222,
        },
        "protect": True,
        "labels": {"team": "shop", "cost": "web"},
        "address": google_made.ADDRESS,
        "host_key": stacks.HOST_KEY,
        "hardening": False,
        "min_free_gb": 5,
    },
    "os login": {"ssh": {"login": "os-login", "user": "sa_1", "sources": "iap", "deployers": [_ACCOUNT]}},
    "nothing kept": {"snapshots": "none", "protect": False, "data_disk": {"size": 10, "type": "pd-standard"}},
    "ssd": {"boot_disk": {"size": 20, "type": "pd-ssd"}, "data_disk": {"size": 20, "type": "pd-ssd"}},
}
"""What → changes of prod's host; a value replaces the whole section."""

STORAGES: dict[str, dict[str, Any]] = {
    "media": {
        "kind": "gcs",
        "bucket": "acme-all-media",
        "location": "eu",
        "purpose": "media",
        "versioning": False,
        "soft_delete_days": 0,
        "keys": ["k2", "k1"],
        "readers": ["restore@acme-prod.iam.gserviceaccount.com"],
    },
    "backups": {
        "kind": "gcs",
        "bucket": "acme-all-backups",
        "location": "europe-west1",
        "purpose": "backups",
        "keep_days": 60,
        "retention_days": 14,
        "soft_delete_days": 90,
    },
    "elsewhere": {
        "kind": "s3",
        "bucket": "acme-other",
        "endpoint": "https://s3.example.com",
        "region": "eu-central-1",
        "path_style": False,
        "access_key": "S3_ACCESS",
        "secret_key": "S3_SECRET",
    },
    "folder": {"kind": "directory", "path": "/mnt/tandem/files"},
}
"""One storage of each kind and purpose, with every option said."""


SECRETS: dict[str, dict[str, Any]] = {
    "its secrets at Google": {"names": {"SENTRY_DSN": {"version": 3, "from": "sentry-dsn"}}},
    "its secrets in named regions": {"gcp": {"project": "acme-keys", "locations": ["europe-west3", "europe-west1"]}},
}
"""What → the section; a secret without a version is made, of a value that the stack keeps."""
KEPT = {"DATABASE_URL": "postgres://db.example.com/shop?name=Größe", "SENTRY_DSN": "not asked"}


def programs_asked() -> Iterator[tuple[str, engine.Program]]:
    """(name, what it registers), each run once."""
    for stack in STACKS:
        yield stack, _run(dict(load.read_file(names.ROOT / f"Pulumi.{stack}.yaml")))
    for what, changes in HOSTS.items():
        yield f"prod, {what}", _run(_prod(host=changes))
    yield "prod, every storage", _run(_prod(storage=STORAGES))
    for what, section in SECRETS.items():
        yield f"prod, {what}", _run(_prod(secrets=section), kept=KEPT)
    yield "identity", programs.run()


def _prod(
    *,
    host: dict[str, Any] | None = None,
    storage: dict[str, Any] | None = None,
    secrets: dict[str, Any] | None = None,
) -> dict[str, Any]:
    said = copy.deepcopy(dict(load.read_file(names.ROOT / "Pulumi.prod.yaml")))
    said["host"] = {**said["host"], **(host or {})}
    said["storage"] = {**said["storage"], **(storage or {})}
    if secrets is not None:
        said["secrets"] = {"source": "gcp", **secrets}
        said["apps"]["web"]["secrets"] = sorted(KEPT)
    said["accept_risk"] = list(get_args(Risk))
    return said


def _run(config: dict[str, Any], *, kept: Mapping[str, str] = {}) -> engine.Program:
    answers = {google_made.GUEST_ATTRIBUTES: KEY, google_made.SECRET_VERSION: {"secretData": "not asked"}}
    with _secrets():
        return engine.run(config, answers=answers, kept=kept)


@contextmanager
def _secrets() -> Iterator[None]:
    """The values that a storage elsewhere is opened with."""
    given = {STORAGES["elsewhere"][key]: "not asked" for key in ("access_key", "secret_key")}
    before = dict(os.environ)
    os.environ.update(given)
    try:
        yield
    finally:
        for name in given.keys() - before.keys():
            del os.environ[name]
