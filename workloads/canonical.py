"""One encoding for one value, so that equal values have equal digests."""

import hashlib
import json


def canonical(value: object) -> str:
    """JSON with sorted keys and nothing between. Raises ValueError for NaN and infinity, which JSON lacks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_digest(value: object) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
