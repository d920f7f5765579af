"""Rules of networks and who is reached from where."""
