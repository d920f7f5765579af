"""The reference pages of the components are those of their sources."""

from pathlib import Path

import pytest

from components import reference


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def test_the_pages_are_what_the_docstrings_say(pages: dict[str, str]) -> None:
    assert reference.differing(pages) == [], "run `python -m components.reference`"


def test_a_page_that_is_stale_or_of_no_component_is_named(tmp_path: Path) -> None:
    (tmp_path / "network.md").write_text("old")
    (tmp_path / "gone.md").write_text("")
    assert reference.differing({"network.md": "new", "vault.md": "new"}, tmp_path) == [
        "gone.md",
        "network.md",
        "vault.md",
    ]


def test_a_page_has_arguments_outputs_and_what_is_made(pages: dict[str, str]) -> None:
    page = pages["network.md"]
    assert "| `zones` | `Sequence[str]` | Availability Zones" in page
    assert "| `vpc_id` | `pulumi.Output[str]` |" in page
    assert 'component["Network"] --> ' in page
    assert "aws:ec2/vpc:Vpc" in page


def test_every_argument_has_a_meaning(pages: dict[str, str]) -> None:
    bare = [
        line
        for page in pages.values()
        for line in page.splitlines()
        if line.startswith("| `") and line.endswith("|  |") and "pulumi.Output" not in line and "Provider" not in line
    ]
    assert bare == []
