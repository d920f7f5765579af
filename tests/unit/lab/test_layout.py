"""Images made of files: the same content has the same digest, and a change of it another."""

from lab.images.layout import Entry, make


def test_equal_content_gives_an_equal_digest() -> None:
    def digest(content: bytes) -> str:
        return make(
            "localhost/aifactory/x:1", [Entry("app", None, 0o755), Entry("app/a.py", content, 0o644)], {}
        ).digest

    assert digest(b"a") == digest(b"a")
    assert digest(b"a") != digest(b"b")
