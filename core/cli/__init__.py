"""The command line, `python -m core …`: arguments, one module a command, and exit codes that mean something."""
