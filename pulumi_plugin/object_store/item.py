"""How an object is put, read back and removed."""

import hashlib

from botocore.exceptions import ClientError
from pulumi.runtime import rpc

from components.object_store.store import Values, code_of, s3_of, text, translate_errors

REPLACED_BY = frozenset({"bucket", "key"})
# A contract is a page; what is larger does not belong into the state.
MOST_BYTES = 256 * 1024


def violations(inputs: Values) -> dict[str, str]:
    """What is wrong with the inputs, by property."""
    found: dict[str, str] = {}
    if "key" in inputs and not text(inputs, "key"):
        found["key"] = "an object has a key"
    if len(text(inputs, "content").encode()) > MOST_BYTES:
        found["content"] = f"an object made here has {MOST_BYTES} bytes at most"
    return found


def normal(inputs: Values) -> Values:
    """Inputs with their defaults."""
    values = {key: value for key, value in inputs.items() if value is not None and key != "sha256"}
    return {"endpoint": "", "profile": "", **values}


def outputs(inputs: Values) -> Values:
    """The state of an object with these inputs; its digest is unknown while its content is."""
    content = inputs.get("content")
    return {**inputs, "sha256": rpc.UNKNOWN if content == rpc.UNKNOWN else digest(str(content))}


def digest(content: str) -> str:
    """SHA-256 of the content, in hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def put(inputs: Values) -> str:
    """Writes the object; returns its ID, `bucket/key`."""
    bucket, key = text(inputs, "bucket"), text(inputs, "key")
    endpoint, profile = text(inputs, "endpoint"), text(inputs, "profile")
    with translate_errors(bucket, endpoint, profile):
        s3_of(endpoint, profile).put_object(
            Bucket=bucket, Key=key, Body=text(inputs, "content").encode(), ContentType="application/json"
        )
    return f"{bucket}/{key}"


def read(resource_id: str, known: Values) -> Values | None:
    """The object as it stands; None where there is none."""
    bucket, _, key = resource_id.partition("/")
    endpoint, profile = text(known, "endpoint"), text(known, "profile")
    with translate_errors(bucket, endpoint, profile):
        try:
            body = s3_of(endpoint, profile).get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "NoSuchBucket", "404"):
                return None
            raise
    content = body.decode(errors="replace")
    return {
        "bucket": bucket,
        "key": key,
        "endpoint": endpoint,
        "profile": profile,
        "content": content,
        "sha256": digest(content),
    }


def delete(resource_id: str, known: Values) -> None:
    """Removes the object; on a versioned bucket its versions stay."""
    bucket, _, key = resource_id.partition("/")
    endpoint, profile = text(known, "endpoint"), text(known, "profile")
    with translate_errors(bucket, endpoint, profile):
        try:
            s3_of(endpoint, profile).delete_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code_of(error) != "NoSuchBucket":
                raise
