"""Secrets at Google on the real engine: made there and read there, rotated, refused; and the keys of a bucket."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from config import names
from tandem.exits import REFUSED
from tests import load
from tests.canary import Canary, proved
from tests.google import needs
from tests.google.client import client
from tests.google.fake import Fake, errors, fake
from tests.google.instance import as_instance
from tests.google.project import GOOGLE_PROJECT, GoogleProject, google_project, summary
from tests.machine.fixtures import a_machine, swept
from tests.machine.image import Kind
from tests.ssh.conftest import IMAGES

__all__ = ["swept"]

pytestmark = needs.A_MACHINE

SECRETS = f"projects/{GOOGLE_PROJECT}/secrets"
ACCESS = "secretmanager.projects.secrets.versions.access"
READ = "sentry"
"""A secret that somebody else made."""


@pytest.fixture(scope="module")
def made() -> Canary:
    """The value that the stack puts into Google's Secret Manager; rotated on the way."""
    return Canary()


@pytest.fixture(scope="module")
def read() -> tuple[Canary, Canary]:
    """The two versions of what is there already."""
    return Canary(), Canary()


@pytest.fixture(scope="module")
def shop(
    swept: None, tmp_path_factory: pytest.TempPathFactory, made: Canary, read: tuple[Canary, Canary]
) -> Iterator[GoogleProject]:
    """A prod stack whose app has a secret of either kind; all stories of this file tell it further, in their order."""
    with a_machine(Kind()) as machine, fake() as google, pytest.MonkeyPatch.context() as everybody:
        # The plain CLI knows no machine that would tell it.
        everybody.setenv(names.ENV_FINGERPRINT_KEY, "one of whoever deploys")
        machine.load(*IMAGES)
        with as_instance(machine) as agent, google_project(tmp_path_factory.mktemp("shop"), google, agent) as it:
            _put(google, read)
            web = it.said()["tandem:apps"]["web"]
            it.edit("apps", web={**web, "secrets": ["API_TOKEN", "SENTRY_DSN"]})
            it.cli.ok("stack", "init")
            it.cli.ok("config", "set", "--path", "tandem:secrets.source", "gcp")
            pin(it, version=1)
            it.cli.ok("config", "set", "--secret", "secrets:API_TOKEN", made.value)
            yield it


def _put(google: Fake, values: tuple[Canary, ...]) -> None:
    secrets = client(google, "secretmanager").projects().secrets()
    body: dict[str, Any] = {"replication": {"automatic": {}}}
    secrets.create(parent=f"projects/{GOOGLE_PROJECT}", secretId=READ, body=body).execute()
    for canary in values:
        payload = {"data": base64.b64encode(canary.value.encode()).decode()}
        secrets.addVersion(parent=f"{SECRETS}/{READ}", body={"payload": payload}).execute()


def pin(shop: GoogleProject, **said: Any) -> None:
    """What the stack file says of the secret that is read."""
    shop.edit("secrets", names={"SENTRY_DSN": {"from": READ, **said}})


def secret(shop: GoogleProject) -> str:
    """The path of the one that the stack made."""
    return f"{SECRETS}/{shop.machine_name}-API_TOKEN"


def states(shop: GoogleProject, path: str) -> list[str]:
    versions = shop.google.world.below(("secretmanager", f"{path}/versions"))
    return [str(version["state"]) for version in versions]


def has(shop: GoogleProject, *, token: Canary, dsn: Canary) -> None:
    """Fails where the app has other values."""
    assert proved(shop.port, token) == "env"
    assert proved(shop.port, dsn, name="SENTRY_DSN") == "env"


def refresh(shop: GoogleProject) -> None:
    shop.cli.ok("preview", "--refresh", "--expect-no-changes", "--config-file", str(shop.file))


def accessors(shop: GoogleProject) -> Mapping[str, list[str]]:
    """Path → who may read secrets there, of everything that has a policy."""
    return {
        path: binding["members"]
        for (_, path), policy in shop.google.world.policies.items()
        for binding in policy["bindings"]
        if binding["role"] == "roles/secretmanager.secretAccessor"
    }


def test_the_machine_may_read_what_the_stack_made_and_nothing_else(
    shop: GoogleProject, made: Canary, read: tuple[Canary, Canary]
) -> None:
    ran = shop.ok("deploy", "web", "demo:1")

    has(shop, token=made, dsn=read[0])
    machine = shop.instance["serviceAccounts"][0]["email"]
    assert accessors(shop) == {secret(shop): [f"serviceAccount:{machine}"]}
    assert states(shop, secret(shop)) == ["ENABLED"]
    assert not any(canary.is_in(ran.text) for canary in (made, *read))


def test_the_second_time_nothing_changes_and_a_refresh_finds_google_as_the_state_says(shop: GoogleProject) -> None:
    before = shop.google.changes()

    assert summary(shop.ok("up", "--json")) == {}
    refresh(shop)
    assert shop.google.changes() == before


def test_no_value_is_in_the_state_or_beside_the_stack_file(
    shop: GoogleProject, made: Canary, read: tuple[Canary, Canary]
) -> None:
    exported = shop.cli.ok("stack", "export").text
    assert "secretData" in exported
    for canary in (made, *read):
        assert not canary.is_in(exported)
        assert canary.files(shop.directory) == []
        assert canary.files(names.stack_directory(shop.name, "e2e")) == []


def test_a_rotation_is_one_edit_and_one_update_and_destroys_nothing(
    shop: GoogleProject, read: tuple[Canary, Canary]
) -> None:
    rotated = Canary()
    with load.background(shop.port, header="web.localhost", clients=8, fresh=2, think=0.01) as seen:
        shop.cli.ok("config", "set", "--secret", "secrets:API_TOKEN", rotated.value)
        shop.ok("up")

    has(shop, token=rotated, dsn=read[0])
    assert seen.lost == 0, str(seen)
    assert states(shop, secret(shop)) == ["DISABLED", "ENABLED"]
    assert summary(shop.ok("up", "--json")) == {}
    refresh(shop)


def test_a_pinned_version_is_rotated_by_its_number_and_google_is_only_asked(
    shop: GoogleProject, read: tuple[Canary, Canary]
) -> None:
    before, release = shop.google.changes(), shop.served_by()[1]
    pin(shop, version=2)
    shop.ok("up")

    assert proved(shop.port, read[1], name="SENTRY_DSN") == "env"
    assert shop.served_by()[1] != release
    assert shop.google.changes() == before
    assert states(shop, f"{SECRETS}/{READ}") == ["ENABLED", "ENABLED"]


def _closed(shop: GoogleProject) -> None:
    shop.google.world.closed_secrets.add(READ)


def _disabled(shop: GoogleProject) -> None:
    shop.google.world.get(("secretmanager", f"{SECRETS}/{READ}/versions/2"))["state"] = "DISABLED"


def _off(shop: GoogleProject) -> None:
    shop.google.faults.fail(ACCESS, errors.api_disabled("Secret Manager API", "secretmanager"), times=99)


def _expired(shop: GoogleProject) -> None:
    shop.google.faults.fail(ACCESS, errors.expired_token(), times=99)


def _none(shop: GoogleProject) -> None:
    pin(shop, version=9)


def _misspelled(shop: GoogleProject) -> None:
    pin(shop, version=2, **{"from": "sentri"})


@pytest.mark.parametrize(
    ("arrange", "named"),
    [
        (_closed, ["versions/2 cannot be read", "Permission 'secretmanager.versions.access' denied", "add-iam-policy"]),
        (_disabled, ["versions/2 cannot be read", "is in DISABLED state", "gcloud secrets versions list sentry"]),
        (_none, ["versions/9 cannot be read", "not found", "gcloud secrets versions list sentry"]),
        (_off, ["versions/2 cannot be read", "gcloud services enable secretmanager.googleapis.com"]),
        (_expired, ["versions/2 cannot be read", "gcloud auth application-default login"]),
        (_misspelled, ["secrets/sentri/versions/2 cannot be read", "did you mean 'sentry'?"]),
    ],
)
def test_what_google_does_not_give_is_named_and_nothing_is_changed(
    shop: GoogleProject, read: tuple[Canary, Canary], arrange: Any, named: list[str]
) -> None:
    text, changes, release = shop.file.read_text(encoding="utf-8"), shop.google.changes(), shop.served_by()
    arrange(shop)
    shop.edit("host", labels={"asked": "in-vain"})
    refused = shop.run("up")
    changed = shop.google.changes()
    shop.file.write_text(text, encoding="utf-8")
    shop.google.world.closed_secrets.clear()
    shop.google.faults.clear()
    shop.google.world.get(("secretmanager", f"{SECRETS}/{READ}/versions/2"))["state"] = "ENABLED"

    assert refused.code != 0
    assert [word for word in named if word not in refused.text] == [], refused.text
    assert "Traceback" not in refused.text
    assert changed == changes
    assert shop.served_by() == release
    assert not any(canary.is_in(refused.text) for canary in read)


def test_a_secret_that_is_taken_out_is_refused_as_other_data_is(shop: GoogleProject) -> None:
    text, changes = shop.file.read_text(encoding="utf-8"), shop.google.changes()
    shop.edit("apps", web={**shop.said()["tandem:apps"]["web"], "secrets": ["SENTRY_DSN"]})
    refused = shop.run("up")
    shop.file.write_text(text, encoding="utf-8")

    assert refused.code == REFUSED, refused.text
    assert "secrets-API_TOKEN: a secret would be deleted" in refused.text
    assert shop.google.changes() == changes


def keys(shop: GoogleProject, *wanted: str) -> None:
    """What `keys` of the bucket says."""
    shop.edit("storage", media={**shop.said()["tandem:storage"]["media"], "keys": list(wanted)})


def active(shop: GoogleProject) -> int:
    """How many keys of buckets there are."""
    found = [body for (api, path), body in shop.google.world.resources.items() if api == "storage" and "/hmac" in path]
    assert {body["state"] for body in found} == {"ACTIVE"}
    return len(found)


def access_key(shop: GoogleProject) -> str:
    """What the live release signs with."""
    release = shop.served_by()[1]
    return shop.docker("exec", shop.containers()[release], "printenv", "STORAGE_MEDIA_ACCESS_KEY_ID").strip()


def test_a_bucket_s_key_stays_as_long_as_the_way_back_signs_with_it(shop: GoogleProject) -> None:
    there, old = active(shop), access_key(shop)
    shop.ok("deploy", "web", "demo:2")
    keys(shop, "k2")
    at_once = shop.run("up")
    assert at_once.code == REFUSED, at_once.text

    keys(shop, "k2", "k1")
    shop.ok("up")
    new = access_key(shop)
    assert (active(shop), new != old) == (there + 1, True)

    keys(shop, "k2")
    refused = shop.run("up")
    assert refused.code == REFUSED, refused.text
    assert "storage-media-key-k1: an HMAC key would be deleted, and web-" in refused.text
    assert active(shop) == there + 1
    keys(shop, "k2", "k1")
    shop.ok("rollback", "web")
    assert access_key(shop) == old
    shop.ok("switch", "web")

    shop.ok("finalize", "web")
    keys(shop, "k2")
    shop.ok("up")
    assert (active(shop), access_key(shop)) == (there, new)
    assert summary(shop.ok("up", "--json")) == {}
    refresh(shop)
