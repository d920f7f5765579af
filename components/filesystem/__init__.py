"""The filesystem that the pods of one job share."""
