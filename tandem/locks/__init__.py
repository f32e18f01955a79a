"""One command at a time per stack: who holds it, and how it becomes free."""
