"""Buckets, on AWS and on any S3-compatible store."""
