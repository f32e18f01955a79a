"""Words of a compose file's service, and what an app of a stack file says instead.

Most stack files begin as a compose file; a list of all known keys does not help who types `environment`.
"""

from __future__ import annotations

_NETWORK = (
    "remove it: a stack is one network, and its gateway leads to each app, for example by domains: [web.localhost]"
)
_NAME = "remove it: containers are named after app, colour and release, for example web-blue-5fe29bd5-1a2b3c4"
_PORT = "port is where the app listens in its container, the gateway is what is published, for example port: 8000"
_MEMORY = "memory is a number of MiB, for example memory: 256"

WORDS = {
    "build": "build it first, then name it, for example `docker build -t web:1 .` and `tandem deploy web web:1`",
    "cap_add": "all are dropped but those named, for example capabilities: [CAP_NET_BIND_SERVICE]",
    "cap_drop": "remove it: all are dropped but those named, for example capabilities: [CAP_NET_BIND_SERVICE]",
    "container_name": _NAME,
    "depends_on": "remove it: nobody waits for a name; a release gets traffic when it is well, for example by health",
    "deploy": "limits stand on the app itself, for example memory: 256 and cpus: '1.0'",
    "entrypoint": "the image's own stays, command replaces what follows it, for example command: [gunicorn, app]",
    "env_file": "what everybody may read stands under env, all else by its name, for example secrets: [DATABASE_URL]",
    "environment": "env has keys with values in quotes, for example env: {LOG_LEVEL: '1'}",
    "expose": _PORT,
    "healthcheck": "health says how one knows that it is well, for example health: {kind: http, path: /healthz}",
    "hostname": _NAME,
    "image": "the command writes which image runs where, for example `tandem deploy web demo:1`",
    "links": _NETWORK,
    "logging": "log says how much is kept, for example log: {max_size: 10m, max_files: 3}",
    "mem_limit": _MEMORY,
    "mem_reservation": _MEMORY,
    "network_mode": _NETWORK,
    "networks": _NETWORK,
    "ports": _PORT,
    "profiles": "what this stack does not run stands in another stack's file, for example Pulumi.dev.yaml",
    "restart": "remove it: every app is started again unless it was stopped, for example by `tandem stop web`",
    "stop_grace_period": "stop_grace is the time between TERM and KILL, for example stop_grace: 10s",
}
