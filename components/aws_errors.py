"""What an AWS or S3-compatible API refused, read from botocore's error."""

from botocore.exceptions import ClientError


def code(error: ClientError) -> str:
    """The API's code, e.g. `NoSuchBucket`; "" where it gave none."""
    return error.response.get("Error", {}).get("Code", "")


def message(error: ClientError) -> str:
    """The API's message in one line; "" where it gave none."""
    return " ".join(error.response.get("Error", {}).get("Message", "").split())
