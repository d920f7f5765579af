"""This machine, as every other package uses it: commands, progress, the cache, Debian's packages."""
