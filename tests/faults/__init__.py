"""Real faults at every step of a deploy, on real Docker, under load. See `__main__`."""
