# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# Docker: its settings merged with what is there already, and that it answers. Needs words.sh.

DAEMON=/etc/docker/daemon.json

# The pools: Docker's own are /16, which leaves room for 31 networks and often takes an office's.
first_daemon_json() {
    put "$DAEMON" 644 <<'JSON' || :
{
  "default-address-pools": [
    {
      "base": "10.201.0.0/16",
      "size": 24
    }
  ],
  "live-restore": true,
  "log-driver": "json-file",
  "log-opts": {
    "max-file": "3",
    "max-size": "10m"
  }
}
JSON
}

set_up_docker() {
    merge_settings
    if ! systemctl -q is-enabled docker.service 2>/dev/null; then
        quietly systemctl enable docker.service || broken "Docker: docker.service cannot be enabled, see above"
        did "starts at boot"
    fi
    if ! systemctl -q is-active docker.service; then
        quietly systemctl start docker.service || broken "Docker does not start; 'journalctl -u docker' says why"
        did started
    fi
    await_docker
    note="Docker $(docker version --format '{{.Server.Version}}')"
}

# merge_settings: whoever chose a log driver, or networks, keeps them; live-restore is ours, as releases must outlive dockerd.
merge_settings() {
    if [ ! -s "$DAEMON" ]; then
        first_daemon_json
    else
        jq -S '(if has("log-driver") or has("log-opts") then {} else {"log-driver": "json-file", "log-opts": {"max-file": "3", "max-size": "10m"}} end)
            + (if has("default-address-pools") or has("bip") then {} else {"default-address-pools": [{"base": "10.201.0.0/16", "size": 24}]} end)
            + . + {"live-restore": true}' "$DAEMON" >"$DAEMON.merged" 2>>"$log" || {
            rm -f "$DAEMON.merged"
            broken "Docker: $DAEMON is not JSON; mend it ('jq . $DAEMON' says where), then run this again"
        }
        # In its own order and layout it is the same to Docker, and stays as its owner wrote it.
        if [ "$(jq -cS . "$DAEMON")" = "$(jq -cS . "$DAEMON.merged")" ]; then rm "$DAEMON.merged" && return 0; fi
        cp -p "$DAEMON" "$DAEMON.before-tandem"
        mv "$DAEMON.merged" "$DAEMON"
    fi
    did "$DAEMON"
    take_up
}

# take_up: live-restore is taken up by a reload; the rest by a restart, which may only happen where nothing would stop.
take_up() {
    systemctl -q is-active docker.service || return 0
    quietly systemctl reload docker.service || :
    if [ -z "$(timeout 20 docker ps -q)" ]; then
        quietly systemctl restart docker.service || broken "Docker does not start with $DAEMON; 'journalctl -u docker' says why"
        did "restarted, nothing ran"
    else
        did "log rotation and address pools from Docker's next restart on, containers run"
    fi
}

await_docker() {
    command -v docker >/dev/null || broken "Docker: dockerd is here and the command docker is not; install the package that has it again, for example: sudo apt-get install --reinstall docker.io"
    deadline=$(($(date +%s) + 60))
    until timeout 10 docker version >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || broken "Docker does not answer; 'journalctl -u docker' says why"
        sleep 0.2
    done
}
