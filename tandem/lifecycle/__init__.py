"""A stack goes down and comes up: by hand, over a reboot, in order, until it is well. Nothing is made or removed."""
