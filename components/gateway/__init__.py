"""The gateway: one nginx before all apps, and the scripts that move traffic."""
