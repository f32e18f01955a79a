"""A machine for tests: a container with systemd and sshd, bare or with Docker, made from Debian packages only.

`boot.Machine` is one, `fixtures` gives them to pytest, `python -m tests.machine up` to a person. It needs no
`--privileged`, leaves the outer host alone, and is found again by label when its test was killed.
"""
