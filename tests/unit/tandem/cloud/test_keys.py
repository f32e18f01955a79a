"""No key of a bucket is taken away while a release may sign with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from config import load
from tandem.cloud import review
from tandem.cloud.effects import HMAC_KEY
from tandem.engines import Step
from tests import stacks

OLD = Step("delete", HMAC_KEY, "storage-media-key-k1", "urn:k1")
NEW = Step("create", HMAC_KEY, "storage-media-key-k2", "urn:k2")
STAYS = Step("same", HMAC_KEY, "storage-media-key-k2", "urn:k2")


def refusals(of: Mapping[str, Any], *plan: Step, allow: tuple[str, ...] = ()) -> list[str]:
    """What the gate says of a stack with this rollout, whose app signs with k2."""
    apps = {"web": {**stacks.WEB, "storage": ["media"]}, "rest": {**stacks.WEB, "domains": ["rest.localhost"]}}
    media = {"kind": "gcs", "bucket": "acme-media", "location": "eu", "keys": ["k2"]}
    rollouts = {"web": of["rollouts"]["web"], "rest": stacks.switched()["rollouts"]["web"]}
    said = {**stacks.on_gce(), "apps": apps, "storage": {"media": media}, "rollouts": rollouts}
    return review.gated(load.parse(said, "Pulumi.dev.yaml"), plan, review.as_said(allow)).refusals


@pytest.mark.parametrize("of", [stacks.stable(), stacks.prepared(), stacks.canary()])
def test_an_old_key_goes_where_every_release_was_made_with_the_new_one(of: Mapping[str, Any]) -> None:
    assert refusals(of, OLD, STAYS) == []


def test_the_way_back_keeps_its_key_until_it_is_given_up() -> None:
    (said,) = refusals(stacks.switched(), OLD, STAYS)

    assert said.startswith(
        f"storage-media-key-k1: an HMAC key would be deleted, and web-green-{stacks.FROZEN} may sign with it. Next: "
    )
    assert "docs/storage.md#keys-rotation" in said
    assert refusals(stacks.switched(), OLD, STAYS, allow=("storage-media-key-k1",)) == []


def test_what_still_finishes_its_uploads_keeps_its_key_too() -> None:
    (said,) = refusals(stacks.draining(), OLD, STAYS)

    assert f"web-green-{stacks.FROZEN}, web-blue-4e5f6a7b may sign with it" in said


def test_a_live_release_that_stays_as_it_was_made_keeps_its_key() -> None:
    of = stacks.stack({"live": "blue", "blue": {"image": stacks.IMAGE_1, "frozen": stacks.FROZEN}})

    assert f"web-blue-{stacks.FROZEN} may sign with it" in refusals(of, OLD, STAYS)[0]


def test_a_key_is_not_taken_away_in_the_run_that_makes_the_next_one() -> None:
    (said,) = refusals(stacks.stable(), NEW, OLD)

    assert "an HMAC key would be deleted, and blue of web may sign with it" in said


def test_keys_of_another_storage_and_of_one_that_goes_itself_are_not_meant() -> None:
    other = Step("delete", HMAC_KEY, "storage-old-key-k1", "urn:other")

    assert refusals(stacks.switched(), other, STAYS) == []
    assert refusals(stacks.switched(), NEW) == []
