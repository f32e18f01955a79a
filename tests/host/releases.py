"""Release containers for tests: the gateway's own image with another nginx configuration, so nothing else is needed."""

from __future__ import annotations

PORT = 8000

CONFIG = """\
daemon off; worker_processes 1; error_log stderr warn; pid /tmp/pid; user root;
events {{ }}
http {{
    access_log off; keepalive_requests 100000; client_max_body_size 100m;
    client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/unused;
    uwsgi_temp_path /tmp/unused; scgi_temp_path /tmp/unused;
    server {{
        listen {port};
        add_header X-Release {release} always;
        add_header X-Asked-Host $http_host always;
        location = /healthz {{ return {health}; }}
        location = /slow {{ alias /tmp/slow; limit_rate 20k; }}
        location / {{ return 200 "{release}\\n"; }}
    }}
}}
"""
SLOW_BYTES = 100000
"""`/slow` takes about five seconds to send."""


def script(release: str, *, boot: float = 0, health: int = 204, crash: bool = False, say: str = "") -> str:
    """A shell script that is the release.

    It sleeps `boot` seconds, prints `say`, and then serves, its health being `health`; or, with `crash`, exits with 1.
    """
    if crash:
        return f"sleep {boot}; echo 'fatal: no database'; exit 1"
    config = CONFIG.format(release=release, health=health, port=PORT)
    return (
        f"sleep {boot}; head -c {SLOW_BYTES} /dev/zero >/tmp/slow; printf '%s' '{config}' >/tmp/conf; "
        f"echo '{say}'; exec nginx -e stderr -c /tmp/conf"
    )
