# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# Debian packages: only what is missing, nothing upgraded. Needs words.sh settings.sh.

install_packages() {
    set --
    for package in $(wanted); do
        if ! is_installed "$package"; then set -- "$@" "$package"; fi
    done
    [ $# -gt 0 ] || return 0
    # Docker starts with its settings instead of being restarted for them.
    if ! command -v dockerd >/dev/null && [ ! -f /etc/docker/daemon.json ]; then first_daemon_json; fi
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l LC_ALL=C
    # What a killed run left half-done.
    patiently dpkg --configure -a || broken "packages: dpkg cannot finish what an earlier run began, see above"
    patiently apt-get -o APT::Update::Error-Mode=any update -q ||
        broken "packages: apt-get update failed, see above: are the mirrors of /etc/apt reachable from this machine?"
    patiently apt-get install -yq --no-install-recommends "$@" || broken "packages: apt-get could not install $*; $log says more"
    did "$*"
}

wanted() {
    # Without a running Docker of another vendor it is Debian's own.
    command -v dockerd >/dev/null || echo docker.io iptables
    if ! command -v docker >/dev/null && apt-cache show docker-cli >/dev/null 2>&1; then echo docker-cli; fi
    if [ "$os" = 'debian 13' ] && ! command -v docker >/dev/null; then echo docker-cli; fi
    echo jq sudo unattended-upgrades
    keeps_time || echo systemd-timesyncd
    [ "$hardening" = no ] || echo nftables iproute2
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# keeps_time: some other service does, and two would fight.
keeps_time() {
    for other in chrony chronyd ntp ntpsec openntpd; do
        if systemctl -q is-enabled "$other.service" 2>/dev/null; then return 0; fi
    done
    return 1
}

# patiently COMMAND...: the first boot of a machine may install for minutes, and whoever is killed keeps his lock a while.
patiently() {
    deadline=$(($(date +%s) + 240)) told=''
    until "$@" >"$log.now" 2>&1 </dev/null; do
        cat "$log.now" >>"$log"
        if ! grep -q 'Could not get lock\|lock.*held by\|Unable to acquire\|frontend lock\|locked by another' "$log.now" || [ "$(date +%s)" -ge "$deadline" ]; then
            tail -n 8 "$log.now" | sed 's/^/  | /' >&2
            return 1
        fi
        [ -n "$told" ] || say "another installation is at work on this machine: waiting, 240 s at most"
        told=yes
        sleep 2
    done
    cat "$log.now" >>"$log"
    rm -f "$log.now"
}
