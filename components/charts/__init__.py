"""The controllers that a platform installs: from which chart, with which values."""
