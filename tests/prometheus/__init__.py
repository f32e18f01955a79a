"""A real Prometheus, Debian's package, elsewhere: all it knows of a stack is what the stack tells others."""
