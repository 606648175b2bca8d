"""What the ``examlens`` command can do, one module per group of commands."""
