"""One module for each command, or for those of one subject; `cli/main.py` has the table."""
