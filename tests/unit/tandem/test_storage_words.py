from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from config.storage import Storage
from tandem.checks.finding import Finding
from tandem.checks.storage import Looked, chosen, lines, read
from tandem.checks.storage_words import Answer, judge
from tandem.exits import Stop

S3 = {
    "kind": "s3",
    "bucket": "acme",
    "endpoint": "https://s3.example.com",
    "access_key": "S3_ACCESS",
    "secret_key": "S3_SECRET",
}
GCS = {"kind": "gcs", "bucket": "acme-media", "location": "eu"}
BACKUPS = {**GCS, "purpose": "backups", "keep_days": 30}
FILES = {"kind": "directory", "path": "/srv/files"}
WELL = dict.fromkeys(("write", "read", "list", "delete"), Answer("ok"))
DENIED = Answer("403", "AccessDenied")


def section(said: dict[str, Any]) -> Storage:
    return TypeAdapter[Storage](Storage).validate_python(said)


def told(said: dict[str, Any], **answers: Answer) -> tuple[str, str, str]:
    return judge("media", section(said), "web", {**WELL, **answers})


def only(said: dict[str, Any], answer: Answer) -> tuple[str, str, str]:
    """Neither writing nor listing works: nothing was there to be read or deleted."""
    return judge("media", section(said), "web", {"write": answer, "list": answer})


def test_all_four_are_well() -> None:
    assert told(S3) == told(FILES) == told(GCS) == ("good", "", "")


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (Answer("403", "SignatureDoesNotMatch"), "The secret S3_SECRET is wrong"),
        (Answer("403", "InvalidAccessKeyId"), "The secret S3_ACCESS is wrong"),
        (Answer("403", "RequestTimeTooSkewed"), "The machine's clock is wrong: tandem ssh -- timedatectl"),
        (Answer("404", "NoSuchBucket"), "https://s3.example.com has no bucket acme"),
        (Answer("301", "PermanentRedirect"), "look at storage.media.region and endpoint"),
        (Answer("400", "AuthorizationHeaderMalformed"), "look at storage.media.region and endpoint"),
        (Answer("403", "AccessDenied"), "Give the owner of this key s3:PutObject on the bucket acme"),
        (Answer("503", "SlowDown"), "has trouble of its own"),
        (Answer("200", "AnotherAnswer"), "is it the right address?"),
        (Answer("curl 6", "Could not resolve host"), "has a name that nobody knows there"),
        (Answer("curl 7", "Failed to connect"), "does not listen"),
        (Answer("curl 60", "SSL certificate problem"), "a certificate that the machine does not trust"),
    ],
    ids=lambda value: value.why or value.status if isinstance(value, Answer) else "",
)
def test_each_failure_has_its_code_and_its_fix(answer: Answer, remedy: str) -> None:
    level, found, fix = only(S3, answer)

    assert level == "bad"
    assert found == f"write: {answer.status} {answer.why}"
    assert remedy in fix


@pytest.mark.parametrize(
    ("step", "right"), [("read", "s3:GetObject"), ("list", "s3:ListBucket"), ("delete", "s3:DeleteObject")]
)
def test_a_right_that_lacks_is_named(step: str, right: str) -> None:
    level, found, fix = told(S3, **{step: DENIED})

    assert (level, found) == ("bad", f"{step}: 403 AccessDenied")
    assert right in fix


def test_the_writer_of_backups_may_only_add_and_that_is_said() -> None:
    level, found, _ = told(BACKUPS, read=DENIED, list=DENIED, delete=DENIED)

    assert level == "good"
    assert found.startswith("as it should be: who writes backups may only add")


def test_a_writer_of_backups_who_may_do_more_is_told() -> None:
    assert told(BACKUPS)[0] == "note"


def test_a_writer_of_backups_who_cannot_add_is_no_good() -> None:
    assert only(BACKUPS, DENIED)[0] == "bad"


def test_what_retention_forbids_is_as_it_should_be() -> None:
    level, found, _ = told({**GCS, "retention_days": 14}, delete=DENIED)

    assert (level, found) == ("good", "as it should be: nothing is deleted before it is 14 days old")


def test_a_wrong_key_of_google_is_rotated() -> None:
    assert "put a new name in front of storage.media.keys" in only(GCS, Answer("403", "SignatureDoesNotMatch"))[2]


def test_a_folder_that_may_not_be_written_names_the_command() -> None:
    level, found, fix = only(FILES, Answer("failed", "Permission denied"))

    assert (level, found) == ("bad", "write: Permission denied")
    assert "sudo chown -R UID:GID /srv/files" in fix


def test_a_release_older_than_its_storage_is_deployed_again() -> None:
    level, found, fix = judge("media", section(S3), "web", {"container": Answer("untold")})

    assert (level, found) == ("bad", "the live release was made before web had storage media")
    assert fix == "Deploy it again: tandem deploy web IMAGE"


def test_the_scripts_lines_become_answers() -> None:
    assert read("write\tok\t\nlist\tcurl 7\tFailed to connect\n") == {
        "write": Answer("ok"),
        "list": Answer("curl 7", "Failed to connect"),
    }


def test_an_unknown_storage_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Stop, match="no storage 'medai' under tandem:storage; did you mean 'media'"):
        chosen({"media": section(S3)}, "medai")


def test_there_is_one_table_and_below_it_what_to_do() -> None:
    looked = [
        Looked("media", "s3", "web", Finding("storage media", "good", "", ""), WELL),
        Looked(
            "old", "s3", "web", Finding("storage old", "bad", "write: 403 X", "Do it"), {"write": Answer("403", "X")}
        ),
    ]

    assert list(lines(looked)) == [
        "   storage  kind  app  write  read  list  delete",
        "✓  media    s3    web  ok     ok    ok    ok",
        "✗  old      s3    web  no     -     -     -       write: 403 X",
        "→ old of web: Do it",
    ]
