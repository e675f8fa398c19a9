"""One file for each command; `command` is its function."""
