"""The provider plugin `aifactory`: buckets and objects on any S3-compatible store, over boto3."""
