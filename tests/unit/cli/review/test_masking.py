"""Text of others on a page: no secret, no markup, no mention, whatever it is."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.review.masking import HIDDEN, LATER, code, prose, scrubbed
from policies.wire import SENTINELS

SECRETS = (
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 9,
    "glpat-" + "a1B2-" * 5,
    "hf_" + "a1B2" * 9,
    "sk-" + "a1B2" * 8,
    "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA",
)
CARRIERS = (
    "{}",
    "key is {}: it must not be here",
    '{{"token": "{}"}}',
    "https://example.org/?x={}",
    "a\n{}\nb",
    "`{}`",
    "<b>{}</b>",
    "| {} |",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_secret_is_hidden_wherever_it_stands(secret: str, carrier: str) -> None:
    text = carrier.format(secret)
    for shown in (scrubbed(text), prose(text), code(text)):
        assert secret not in shown
        assert max((part for part in re.split(r"[\s-]+", secret) if "PRIVATE" not in part), key=len) not in shown


@pytest.mark.parametrize(
    "text",
    [
        "postgres://user:hunter2@db/x",
        "Authorization: Bearer hunter2hunter2",
        "DB_PASSWORD=hunter2",
        '"password": "hunter2"',
        "Server=x;Password=hunter2;",
    ],
)
def test_a_password_is_hidden_and_what_it_belongs_to_is_not(text: str) -> None:
    assert "hunter2" not in scrubbed(text)
    assert HIDDEN in scrubbed(text)


@pytest.mark.parametrize("sentinel", sorted(SENTINELS))
def test_the_engines_mark_of_an_unknown_value_is_said_in_words(sentinel: str) -> None:
    assert scrubbed(f"a {sentinel} b") == f"a {LATER} b"


@pytest.mark.parametrize(
    "hostile",
    [
        "@octocat please merge",
        "fixes #1",
        "see GH-1 and !7",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</details></details># done",
        "[click](javascript:alert(1))",
        "![x](https://example.org/pixel.png)",
        "https://example.org/steal",
        "www.example.org",
        "```\nfence\n```",
        "|a|b|\n|-|-|",
        "# heading",
        "<!-- aifactory preview aws schema 1 -->",
        "a\u202ebcd",
        "\x1b[31mred\x1b[0m",
        "- [x] done",
        "&lt;b&gt;",
        "$\\require{html}$",
        "a\\`b",
    ],
)
def test_nobody_is_mentioned_nothing_is_linked_no_tag_is_one(hostile: str) -> None:
    shown = prose(hostile)
    bare = re.sub(r"\\(.)", "", shown)
    assert not re.search(r"@\w|#\w|!\w", shown)
    assert not re.search(r"[<>`\[\]|#*]", bare)
    assert not re.search(r"(?<!\\)://|GH\\?-\d", shown)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)\.", shown)


@given(st.text(max_size=200))
def test_a_span_of_code_ends_where_it_began(text: str) -> None:
    shown = code(text)
    if not shown:
        return
    fence = re.match(r"`+", shown)
    assert fence is not None
    inner = shown[len(fence.group()) : -len(fence.group())]
    assert shown.endswith(fence.group())
    assert fence.group() not in re.findall(r"`+", inner)
    assert "\n" not in shown


@given(st.text(max_size=400))
def test_no_invisible_character_is_left(text: str) -> None:
    for shown in (code(text), prose(text).replace("\u2060", "")):
        assert all(unicodedata.category(one) not in ("Cc", "Cf", "Cs") for one in shown)


@given(st.text(max_size=2000), st.integers(10, 300))
def test_what_is_long_is_cut_and_says_so(text: str, longest: int) -> None:
    assert len(code(text, longest)) <= 2 * longest + 2 * text.count("`") + 4


@pytest.mark.parametrize(
    "part", ["x", "a.", "a-b_", "sk-", "eyJ", "http://", "password=", "@:", "-----BEGIN ", "`", "| "]
)
def test_megabytes_of_others_text_take_no_longer_than_their_length(part: str) -> None:
    # A pattern that takes the square of a text's length would take hours.
    scrubbed(part * (2_000_000 // len(part)))


def test_a_command_and_an_arrow_are_shown_as_they_are() -> None:
    assert prose("caller -> sha256; printf %s KEY | sha256sum") == r"caller \-&gt; sha256; printf %s KEY \| sha256sum"
