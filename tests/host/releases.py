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
    split_clients $request_id $code {{ {fail} * 200; }}
    limit_req_zone $server_port zone=never:64k rate=1r/m;
    server {{
        listen {port};
        add_header X-Release {release} always;
        add_header X-Asked-Host $http_host always;
        location = /healthz {{ return {health}; }}
        location = /slow {{ alias /tmp/slow; limit_rate 20k; }}
        location / {{ {answer} }}
        location @answer {{ {quick} }}
    }}
    # Where every request but the first waits for ever: what asks here waits for its own time limit.
    server {{
        listen 127.0.0.1:8001;
        location / {{ limit_req zone=never burst=1000000; root /nowhere; }}
    }}
}}
"""
QUICK = """if ($code = 500) {{ return 500 "{release}\\n"; }} return 200 "{release}\\n";"""
LATE = """
            proxy_pass http://127.0.0.1:8001; proxy_read_timeout {delay}ms; proxy_intercept_errors on;
            error_page 404 504 = @answer;"""
SLOW_BYTES = 100000
"""`/slow` takes about five seconds to send."""


def script(
    release: str,
    *,
    boot: float = 0,
    health: int = 204,
    crash: bool = False,
    say: str = "",
    fail: int = 0,
    delay: int = 0,
) -> str:
    """A shell script that is the release.

    It sleeps `boot` seconds, prints `say`, and then serves, its health being `health`; or, with `crash`, exits with 1.
    Of its visitors `fail` percent get a 500, and all wait `delay` milliseconds.
    """
    if crash:
        return f"sleep {boot}; echo 'fatal: no database'; exit 1"
    quick = QUICK.format(release=release)
    config = CONFIG.format(
        release=release,
        health=health,
        port=PORT,
        fail=f"{fail}% 500;" if fail else "",
        quick=quick,
        answer=LATE.format(delay=delay) if delay else quick,
    )
    return (
        f"sleep {boot}; head -c {SLOW_BYTES} /dev/zero >/tmp/slow; printf '%s' '{config}' >/tmp/conf; "
        f"echo '{say}'; exec nginx -e stderr -c /tmp/conf"
    )
