"""Rules of clusters and their nodes."""
