"""Unicode's own encodings, told apart by the byte order mark; without one, it is UTF-8 or nothing."""

import codecs

# UTF-32's little-endian mark begins with UTF-16's, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(begins: bytes) -> str:
    """The codec, by the first four bytes of a text. Each of them takes the mark away."""
    return next((name for mark, name in _MARKS if begins.startswith(mark)), "utf-8-sig")
