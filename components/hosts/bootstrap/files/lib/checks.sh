# shellcheck shell=sh disable=SC2154 # settings of settings.sh
# What must be true before anything is changed: each wrong has its name and its fix. Needs words.sh settings.sh.

check_sudo() {
    command -v sudo >/dev/null ||
        unfit "sudo: it is not installed and $(id -un) is not root; next: tandem bootstrap --as root"
    sudo -n true 2>/dev/null ||
        unfit "sudo: $(id -un) may not use sudo without a password; next: tandem bootstrap --as root (it writes /etc/sudoers.d/tandem-$(id -un))"
}

check_os() {
    # shellcheck disable=SC1091 # the machine's own
    os=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}") || :
    case $os in
    'debian 12' | 'debian 13' | 'ubuntu 24.04') ;;
    *) unfit "operating system: this machine runs ${os:-something without /etc/os-release}; Debian 12, Debian 13 or Ubuntu 24.04 is needed" ;;
    esac
}

check_systemd() {
    [ -d /run/systemd/system ] || unfit "systemd: it does not run here as process 1, and starting in order after a reboot needs it"
}

# check_clock [NOW]: certificates, receipts and log lines of a machine with a wrong clock mislead everybody.
check_clock() {
    [ -n "$1" ] || return 0
    off=$(($(date +%s) - $1))
    if [ "$off" -gt 60 ] || [ "$off" -lt -60 ]; then
        if [ "$off" -lt 0 ]; then off="${off#-} s slow"; else off="$off s fast"; fi
        unfit "clock: this machine's is $off against yours; set the wrong one of the two, for example there: sudo date -s @$1; sudo systemctl restart systemd-timesyncd"
    fi
}

check_space() {
    place=/var/lib/docker
    while [ ! -d "$place" ]; do place=$(dirname "$place"); done
    free=$(df -Pk "$place" | awk 'NR == 2 { print int($4 / 1048576) }')
    [ "$free" -ge "$min_free_gb" ] ||
        unfit "disk: $free GB are free at /var/lib/docker and host.min_free_gb asks for $min_free_gb: make room ('docker system df' shows what takes it), or lower the setting"
}

# check_docker: one that is here must be new enough; what is absent gets installed.
check_docker() {
    said=$(docker --version 2>/dev/null || :)
    case $said in
    '') command -v dockerd >/dev/null || return 0 ;;
    *podman*) unfit "Docker: 'docker' is podman here; remove podman-docker, this installs Docker itself" ;;
    esac
    version=$(timeout 20 docker version --format '{{.Server.Version}}' 2>/dev/null || :)
    # A client without its daemon is as old as that.
    case $version in [0-9]*) ;; *) version=$(printf '%s' "$said" | sed -n 's/.*version \([0-9][0-9.]*\).*/\1/p') ;; esac
    [ -n "$version" ] || return 0
    major=${version%%.*} rest=${version#*.}
    minor=${rest%%.*}
    if [ "$major" -lt 20 ] || { [ "$major" = 20 ] && [ "${minor#0}" -lt 10 ]; }; then
        unfit "Docker: $version is too old, 20.10 is needed: upgrade it, or remove it and run this again (Debian's docker.io gets installed)"
    fi
}

# check_sshd: what we write next to its settings must be read.
check_sshd() {
    [ -f /etc/ssh/sshd_config ] || unfit "sshd: /etc/ssh/sshd_config is missing; install openssh-server"
    grep -Eqi '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/\*\.conf' /etc/ssh/sshd_config ||
        unfit "sshd: /etc/ssh/sshd_config does not read sshd_config.d; put this line at its top: Include /etc/ssh/sshd_config.d/*.conf"
}

# check_engine: two engines with two states over one set of containers would each delete what the other made.
check_engine() {
    [ -n "$engine" ] || return 0
    pinned=$(cat "$folder/engine" 2>/dev/null || :)
    [ "${pinned:-$engine}" = "$engine" ] ||
        unfit "engine: the stack $name is run by the engine '$pinned', not by '$engine'; use 'tandem --engine $pinned', or 'tandem destroy' first"
}
