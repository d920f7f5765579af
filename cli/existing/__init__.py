"""A site: a Kubernetes and an S3-compatible store of the user's own. The same commands as the lab's, with nothing embedded."""
