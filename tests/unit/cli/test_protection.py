"""The protection table: what a row says of a class of data, and what it must not claim."""

from cli.protection import Row

VERIFIED = {
    "class": "weights",
    "copies": 3,
    "stores": 3,
    "off_site": True,
    "air_gapped": False,
    "locked_until": "2030-01-01T00:00:00+00:00",
    "verified_at": "2029-01-01T00:00:00+00:00",
    "errors": 0,
}


def test_three_servers_were_counted_as_three_media() -> None:
    row = Row.read(VERIFIED)
    assert row.stores == 3
    assert "media" not in row.document()


def test_what_is_missing_is_named() -> None:
    assert Row.read(VERIFIED).missing == ("an air-gapped copy",)
    poor = Row.read({**VERIFIED, "copies": 2, "stores": 1, "off_site": False, "errors": 1})
    assert poor.missing == (
        "three copies",
        "two stores",
        "an off-site copy",
        "an air-gapped copy",
        "a read without errors",
    )
    assert Row.read({**VERIFIED, "air_gapped": True}).missing == ()


def test_a_row_of_an_earlier_version_is_read() -> None:
    earlier = {key: value for key, value in VERIFIED.items() if key != "stores"} | {"media": 3}
    assert Row.read(earlier).stores == 0
