"""`make up` and `make test` as a newcomer meets them: in a bare Debian that has its own Docker. See `__main__`."""
