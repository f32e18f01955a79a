"""Sources of secret values that need no engine: program and command read them alike. Values never enter a message."""
