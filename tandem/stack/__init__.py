"""The stack that a command is about: where it is found, its file, what every command works with."""
