"""What each move costs, on each engine that is here and on Debian's compose, under the same load. See `__main__`."""
