"""The filesystem of what is small, must not be lost and has one writer."""
