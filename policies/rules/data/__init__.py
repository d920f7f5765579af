"""Rules of data: buckets, file systems and volumes."""
