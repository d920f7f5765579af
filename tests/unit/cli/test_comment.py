"""One comment under a pull request, on GitHub and GitLab: made, updated in place, never doubled, never another's."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cli.forge.commands import forge_of
from cli.forge.comment import Done, post
from cli.forge.forges import Forge, GitHub
from cli.forge.http import Api
from cli.review.markdown import marker
from components.errors import FactoryError
from tests.unit.cli.forge_server import ME, TOKEN, Comments, serving

BODY = f"{marker('aws')}\n### a preview\n"


@pytest.fixture
def comments() -> Comments:
    return Comments()


@pytest.fixture
def url(comments: Comments) -> Iterator[str]:
    with serving(comments) as address:
        yield address


@pytest.fixture(params=["github", "gitlab"])
def forge(request: pytest.FixtureRequest, url: str) -> Forge:
    environment = {
        "github": {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": url,
            "GITHUB_REF": "refs/pull/7/merge",
        },
        "gitlab": {"GITLAB_TOKEN": TOKEN, "CI_PROJECT_ID": "g/p", "CI_API_V4_URL": url, "CI_MERGE_REQUEST_IID": "7"},
    }[request.param]
    return quick(forge_of(request.param, "", "", environment))


def quick(forge: Forge) -> Forge:
    forge._api = replace(forge._api, backoff=0.01)  # pyright: ignore[reportPrivateUsage]
    return forge


def test_the_first_preview_makes_a_comment_and_the_next_one_updates_it(forge: Forge, comments: Comments) -> None:
    comments.add("a reviewer's words", "somebody")
    assert post(forge, BODY, 1).done is Done.CREATED
    assert post(forge, f"{BODY}more\n", 2).done is Done.UPDATED
    assert [one["author"] for one in comments.rows] == ["somebody", ME]
    assert "more" in comments.rows[1]["body"]


def test_the_same_preview_writes_nothing(forge: Forge, comments: Comments) -> None:
    post(forge, BODY)
    before = len(comments.requests)
    assert post(forge, BODY).done is Done.UNCHANGED
    assert {one.split(" ")[0] for one in comments.requests[before:]} == {"GET"}


def test_the_comment_is_found_on_a_later_page(forge: Forge, comments: Comments) -> None:
    for index in range(250):
        comments.add(f"number {index}", "somebody")
    comments.add(BODY)
    assert post(forge, f"{BODY}more\n").done is Done.UPDATED
    assert len(comments.rows) == 251


def test_a_forged_marker_of_somebody_else_is_left_alone(forge: Forge, comments: Comments) -> None:
    comments.add(BODY, "mallory")
    assert post(forge, BODY).done is Done.CREATED
    assert comments.rows[0]["body"] == BODY


def test_another_environments_comment_is_left_alone(forge: Forge, comments: Comments) -> None:
    comments.add(f"{marker('lab')}\nother\n")
    assert post(forge, BODY).done is Done.CREATED


def test_two_of_a_kind_become_one(forge: Forge, comments: Comments) -> None:
    comments.add(BODY)
    comments.add(BODY)
    outcome = post(forge, f"{BODY}more\n")
    assert (outcome.done, outcome.folded) == (Done.UPDATED, 1)
    assert "more" in comments.rows[0]["body"]
    assert not comments.rows[1]["body"].startswith(marker("aws"))


def test_an_earlier_run_that_ends_later_does_not_overwrite(forge: Forge, comments: Comments) -> None:
    post(forge, BODY, 9)
    assert post(forge, f"{BODY}old\n", 8).done is Done.STALE
    assert "old" not in comments.rows[0]["body"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_forge_that_fails_for_a_moment_is_asked_again(forge: Forge, comments: Comments, status: int) -> None:
    comments.add(BODY)
    comments.failures = [(status, {}), (status, {})]
    assert post(forge, f"{BODY}more\n").done is Done.UPDATED
    assert "more" in comments.rows[0]["body"]


def test_the_secondary_rate_limit_is_waited_for(forge: Forge, comments: Comments) -> None:
    comments.add(BODY)
    comments.failures = [(403, {"Retry-After": "1"})]
    assert post(forge, f"{BODY}more\n").done is Done.UPDATED


def test_a_comment_that_was_made_by_a_request_that_failed_is_not_made_twice(forge: Forge, comments: Comments) -> None:
    comments.failures, comments.writes_before_failing = [(502, {})], True
    assert post(forge, BODY).done is Done.CREATED
    assert len(comments.rows) == 1


def test_a_request_that_failed_and_made_nothing_is_made_again(forge: Forge, comments: Comments) -> None:
    comments.failures = [(502, {})]
    assert post(forge, BODY).done is Done.CREATED
    assert len(comments.rows) == 1


def test_a_right_that_lacks_is_named_and_the_token_is_not(forge: Forge, comments: Comments) -> None:
    comments.failures = [(403, {})]
    with pytest.raises(FactoryError, match="pull-requests: write") as caught:
        post(forge, BODY)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(forge._api)  # pyright: ignore[reportPrivateUsage]


def test_a_text_that_is_too_long_or_no_preview_is_refused_before_anything_is_asked(
    forge: Forge, comments: Comments
) -> None:
    for body, rule in ((f"{BODY}{'x' * 1_100_000}", "of which the forge takes"), ("### hello", "no marker")):
        with pytest.raises(FactoryError, match=rule):
            post(forge, body)
    assert comments.requests == []


def test_a_wrong_token_is_said(url: str) -> None:
    environment = {"GITHUB_TOKEN": "wrong", "GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": url}
    with pytest.raises(FactoryError, match="401 Bad credentials; the token is not valid"):
        post(forge_of("github", "7", "", environment), BODY)


def test_the_token_of_a_workflow_is_the_apps(url: str, comments: Comments) -> None:
    comments.user = 403
    comments.add(BODY, GitHub.ACTIONS)
    environment = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": url}
    assert post(forge_of("github", "7", "", environment), f"{BODY}more\n").done is Done.UPDATED


def test_a_next_page_on_another_server_is_not_given_the_token() -> None:
    api = Api(url="https://api.github.com", headers={"Authorization": "Bearer x"})
    with pytest.raises(FactoryError, match="another server"):
        api.ask("GET", "https://example.org/next")


@pytest.mark.parametrize(("name", "lacks"), [("github", "GITHUB_TOKEN"), ("gitlab", "GITLAB_TOKEN")])
def test_every_variable_that_lacks_is_named_at_once(name: str, lacks: str) -> None:
    with pytest.raises(FactoryError, match=lacks) as caught:
        forge_of(name, "", "", {})
    assert "--number" in str(caught.value)


def test_a_forge_that_is_not_there_is_said() -> None:
    environment = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": "http://127.0.0.1:1"}
    with pytest.raises(FactoryError, match="did not answer"):
        post(quick(forge_of("github", "7", "", environment)), BODY)
