"""What came of writing, reading, listing and deleting, in words: what it means, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.storage import DirectoryStorage, GcsStorage, S3Storage, Storage
from config.storage_env import Bucket, endpoint
from tandem.checks.finding import Level

STEPS = ("write", "read", "list", "delete")
Judged = tuple[Level, str, str]
"""Level, what was found, what to do."""


@dataclass(frozen=True)
class Answer:
    """What came of a step: `ok`, an HTTP status, `curl` and its exit code, or `failed`; and why, as the other said."""

    status: str
    why: str = ""

    @property
    def ok(self) -> bool:
        """Whether it went well."""
        return self.status == "ok"

    @property
    def denied(self) -> bool:
        """Whether the key is right, and may not do this."""
        return self.status == "403" and self.why not in (*_KEY, *_CLOCK)

    @property
    def short(self) -> str:
        """For a cell of a table."""
        return "ok" if self.ok else "no" if self.denied else "failed"

    @property
    def told(self) -> str:
        """For a program: `ok`, or what failed."""
        return "ok" if self.ok else f"{self.status} {self.why}".strip()


_KEY = (
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "AuthenticationRequired",
    "InvalidClientTokenId",
)
_CLOCK = ("RequestTimeTooSkewed", "RequestExpired", "AccessDeniedTimeSkewed")
_PLACE = (
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "InvalidLocationConstraint",
)
_RIGHTS = {
    "write": ("storage.objects.create", "s3:PutObject"),
    "read": ("storage.objects.get", "s3:GetObject"),
    "list": ("storage.objects.list", "s3:ListBucket"),
    "delete": ("storage.objects.delete", "s3:DeleteObject"),
}
"""What each step needs: by Google's name, and by S3's."""


def judge(name: str, section: Storage, app: str, answers: Mapping[str, Answer]) -> Judged:
    """What the answers of one storage to one app mean."""
    if "container" in answers:
        return _of_the_container(name, app, answers["container"].status)
    if not answers:
        return "bad", "nothing was answered", "Try again; `tandem status` says whether the app runs"
    failed = {step: answer for step, answer in answers.items() if not answer.ok}
    if not failed:
        return _all_well(section)
    if _as_it_should_be(section, failed):
        return "good", _why_it_should(section), ""
    step, answer = next(iter(failed.items()))
    if isinstance(section, DirectoryStorage):
        return "bad", f"{step}: {answer.why or 'failed'}", _folder(section, app, answer.why)
    return "bad", f"{step}: {answer.told}", _bucket(name, section, app, step, answer)


def _of_the_container(name: str, app: str, status: str) -> Judged:
    if status == "untold":
        again = f"Deploy it again: tandem deploy {app} IMAGE"
        return "bad", f"the live release was made before {app} had storage {name}", again
    return "bad", "its container is gone", f"Let it be made again: tandem up, or tandem start {app}"


def _all_well(section: Storage) -> Judged:
    if isinstance(section, GcsStorage) and section.purpose == "backups":
        remedy = "Look who gave more: gcloud storage buckets get-iam-policy gs://" + section.bucket
        return "note", "its writer may read and delete too, where adding is all that backups need", remedy
    return "good", "", ""


def _as_it_should_be(section: Storage, failed: Mapping[str, Answer]) -> bool:
    if not isinstance(section, GcsStorage) or not all(answer.denied for answer in failed.values()):
        return False
    if section.purpose == "backups":
        return "write" not in failed
    return section.retention_days is not None and set(failed) == {"delete"}


def _why_it_should(section: Storage) -> str:
    assert isinstance(section, GcsStorage)
    if section.purpose == "backups":
        return "as it should be: who writes backups may only add; the object goes by its age"
    return f"as it should be: nothing is deleted before it is {section.retention_days} days old"


def _folder(section: DirectoryStorage, app: str, why: str) -> str:
    if "ermission denied" in why:
        return f"Give it to the user {app} runs as: sudo chown -R UID:GID {section.path} on the machine"
    if "No space left" in why:
        return f"Make room on the disk of {section.path}: tandem ssh -- df -h {section.path}"
    if "no folder" in why:
        return "The live release has no such mount: deploy it again"
    return f"Look at it on the machine: ls -la {section.path}"


def _bucket(name: str, section: Bucket, app: str, step: str, answer: Answer) -> str:
    """The next thing to do, for the first step that failed."""
    if answer.status.startswith("curl"):
        return _unreachable(name, section, answer)
    if answer.why in _KEY:
        return _wrong_key(name, section, app, answer.why)
    if answer.why in _CLOCK:
        return "The machine's clock is wrong: tandem ssh -- timedatectl; it should say `synchronized: yes`"
    if answer.denied:
        return _denied(section, step)
    return _elsewhere(name, section, step, answer)


def _elsewhere(name: str, section: Bucket, step: str, answer: Answer) -> str:
    """The key was not even looked at, or is good."""
    if answer.why in _PLACE or answer.status.startswith("3"):
        return f"The bucket is in another region or at another address: look at storage.{name}.region and endpoint"
    if answer.why == "NoSuchBucket" or (answer.status == "404" and step in ("write", "list")):
        return _no_bucket(name, section)
    if answer.status.startswith("5"):
        return f"{endpoint(section)} has trouble of its own: try again in a minute"
    return f"{endpoint(section)} answers in a way that S3 does not: is it the right address?"


def _unreachable(name: str, section: Bucket, answer: Answer) -> str:
    if answer.status == "curl 0":
        return "Start the gateway, which has one: tandem start gateway"
    said = {
        "curl 6": "has a name that nobody knows there",
        "curl 7": "does not listen",
        "curl 28": "does not answer in time",
        "curl 35": "does not speak TLS",
        "curl 60": "shows a certificate that the machine does not trust",
    }.get(answer.status, "cannot be reached")
    where = f"storage.{name}.endpoint in the stack file" if isinstance(section, S3Storage) else "the machine's way out"
    return f"{endpoint(section)} {said}, seen from the stack's machine: look at {where}"


def _wrong_key(name: str, section: Bucket, app: str, code: str) -> str:
    if isinstance(section, GcsStorage):
        return (
            f"The key {app} was given is not good any more: put a new name in front of storage.{name}.keys, "
            f"then tandem up (docs/storage.md, rotation)"
        )
    secret = section.access_key if code == "InvalidAccessKeyId" else section.secret_key
    what = "nobody knows this access key" if code == "InvalidAccessKeyId" else "the secret key is not the access key's"
    return f"The secret {secret} is wrong ({what}): set it anew, then deploy {app} again"


def _no_bucket(name: str, section: Bucket) -> str:
    if isinstance(section, GcsStorage):
        return "Somebody deleted it: tandem up makes it again, empty"
    return f"{section.endpoint} has no bucket {section.bucket}: make it there, or correct storage.{name}.bucket"


def _denied(section: Bucket, step: str) -> str:
    google, s3 = _RIGHTS[step]
    if isinstance(section, GcsStorage):
        return f"The account lacks {google}; tandem up gives it back, and a minute later it is known everywhere"
    return f"Give the owner of this key {s3} on the bucket {section.bucket}"
