"""The exit codes of every command, in one place."""

OK = 0
FAILED = 1  # a step failed, or figures do not reconcile
USAGE = 2  # wrong usage or set-up: no mart was touched
INCOMPLETE = 3  # done, but files are not in the numbers
