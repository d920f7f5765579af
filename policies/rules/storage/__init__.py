"""Rules of buckets."""
