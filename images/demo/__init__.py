"""The demo app: a small HTTP server that behaves well (or badly, on request), to watch deploys with.

Only the standard library, and little of it: it boots in about 0.1 s, so that a test waits for Docker and not for it.
"""
