"""Secrets in what git tracks: their forms, what is none, and that nothing ever shows a value."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tandem.checks import allowed, secret_patterns, tree
from tandem.exits import REFUSED, Stop

A40, A36 = "a1B2c3D4e5" * 4, "a1B2c3D4e5" * 3 + "a1B2c3"
SPECIMENS = {
    "private-key": "-----BEGIN RSA PRIVATE" + " KEY-----",
    "aws-access-key": "key = AKIA" + "Q3EGRSTUVWXYZ234",
    "aws-secret-key": f'"secret_access_key": "{A40}"',
    "azure-storage-key": "AccountKey=" + "a1B2c3D4e5F6" * 7 + "aZ==",
    "google-api-key": "AIza" + A40[:35],
    "google-oauth-secret": "GOCSPX-" + A40[:28],
    "github-token": "ghp_" + A36,
    "gitlab-token": "glpat-" + A40[:20],
    "docker-hub-token": "dckr_pat_" + A40[:27],
    "doppler-token": "dp.st.prd." + A40,
    "pulumi-token": "pul-" + "0123456789abcdef0123" * 2,
    "slack-token": "xoxb-" + "123456789012-123456789012-abcDEF",
    "slack-webhook": "https://hooks.slack" + ".com/services/T01AB/B02CD/" + A40[:24],
    "stripe-key": "sk_live_" + A40[:24],
    "sendgrid-key": "SG." + A40[:22] + "." + A40 + "abc",
    "twilio-key": "SK" + "0123456789abcdef" * 2,
    "telegram-token": "123456789:AA" + A40[:33],
    "openai-key": "sk-proj-" + A40[:20] + "T3BlbkFJ" + A40[:20],
    "anthropic-key": "sk-ant-" + A40 * 2,
    "npm-token": "npm_" + A36,
    "pypi-token": "pypi-AgEIcHlwaS5vcmc" + A40 + A40[:10],
    "jwt": "eyJ" + A40[:12] + ".eyJ" + A40[:20] + "." + A40,
    "password-in-address": "DATABASE_URL=postgres://shop:Tr0ub4dor" + "@db.shop.io/shop",
    "plain-stack-secret": "  secrets:DATABASE_URL: not-encrypted",
}


def kinds(line: str, path: str = "Pulumi.prod.yaml") -> list[str]:
    return list(secret_patterns.kinds(path, line))


def test_every_form_has_a_specimen() -> None:
    assert SPECIMENS.keys() == secret_patterns.FORMS.keys()


@pytest.mark.parametrize("kind", SPECIMENS)
def test_a_specimen_is_known_by_its_kind(kind: str) -> None:
    assert kinds(SPECIMENS[kind]) == [kind]


@pytest.mark.parametrize(
    "line",
    [
        "blue: {image: ghcr.io/acme/web@sha256:" + "9c" * 32 + "}",
        "password: GHCR_TOKEN",
        'secrets: ["DATABASE_URL"]',
        "postgres://user:password@localhost/db",
        "https://shop:whatever@db.example.com/x",
        "git@github.com:acme/web.git",
        "http://127.0.0.1:8080/a@b",
        "redis://:@cache",
        "  secrets:DATABASE_URL:",
        "  secrets:DATABASE_URL: {secure: v1:abc}",
        f"token = ghp_{A36}  # {secret_patterns.PRAGMA}",
    ],
)
def test_what_is_none_is_left_alone(line: str) -> None:
    assert kinds(line) == []


def test_a_value_under_secrets_is_one_in_a_stack_file_only() -> None:
    assert kinds(SPECIMENS["plain-stack-secret"], "docs/Pulumi.md") == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a specimen of every kind in one file, an untracked one beside it, and a folder of its own."""
    subprocess.run(["git", "-C", str(tmp_path), "init", "--quiet"], check=True)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "Pulumi.prod.yaml").write_text("".join(f"{line}\n" for line in SPECIMENS.values()))
    subprocess.run(["git", "-C", str(tmp_path), "add", "deploy"], check=True)
    (tmp_path / "untracked").write_text(SPECIMENS["github-token"])
    return tmp_path


def test_git_finds_each_of_them_in_what_it_tracks_from_any_folder_within(checkout: Path) -> None:
    found = list(tree.findings(checkout / "deploy"))

    places = [f"deploy/Pulumi.prod.yaml:{number}: {kind}" for number, kind in enumerate(SPECIMENS, 1)]
    assert [finding.found for finding in found] == places
    assert {(finding.level, finding.code) for finding in found} == {("bad", REFUSED)}
    assert not [line for line in SPECIMENS.values() if any(line in finding.line() for finding in found)]


def test_a_git_without_perls_expressions_finds_the_same(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_pcre(root: Path, style: list[str], forms: list[str]) -> subprocess.CompletedProcess[bytes]:
        if style == ["-P"]:
            said = b"fatal: cannot use Perl-compatible regexes when not compiled with USE_LIBPCRE"
            return subprocess.CompletedProcess([], 128, b"", said)
        return grep(root, style, forms)

    grep = tree._grep
    there = tree.look(checkout)
    monkeypatch.setattr(tree, "_grep", without_pcre)
    assert tree.look(checkout) == there


def test_what_is_allowed_is_left_out_and_what_allows_nothing_is_told(checkout: Path) -> None:
    (checkout / allowed.FILE).write_text("# specimens\ndeploy/*\ntests/keys/* private-key  # made for them\n")

    note, good = tree.findings(checkout)

    assert note.found == ".secrets-allowed: tests/keys/* private-key allows nothing that is there"
    assert (note.level, good.level) == ("note", "good")


def test_a_line_allows_its_kind_alone(checkout: Path) -> None:
    (checkout / allowed.FILE).write_text("deploy/Pulumi.*.yaml jwt\n")
    assert len(list(tree.findings(checkout))) == len(SPECIMENS) - 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a b c", r"\.secrets-allowed:2: expected a path and at most a kind, for example"),
        ("a privat-key", r"\.secrets-allowed:2: 'privat-key' is no kind; did you mean 'private-key'"),
    ],
)
def test_a_wrong_line_of_the_list_is_named(line: str, said: str) -> None:
    with pytest.raises(Stop, match=said):
        allowed.read(f"\n{line}\n")


def test_where_there_is_no_checkout_or_no_git_nothing_is_looked_at(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere,) = tree.findings(tmp_path_factory.mktemp("nowhere"))
    assert (nowhere.level, nowhere.found) == ("note", "not looked at: the stack file is in no git checkout")
    monkeypatch.setenv("PATH", "/nowhere")
    (without,) = tree.findings(checkout)
    assert (without.level, without.found) == ("note", "not looked at: no `git` on PATH")
