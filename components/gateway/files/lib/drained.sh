# shellcheck shell=sh disable=SC2154 # variables shared with the scripts that source this
# Who is still connected to a release that lost its traffic. Drained = twice, 100 ms apart: no connection from here to
# IP:PORT, and on old workers no client that has no upstream elsewhere (a slow upload or a fresh connection whose request is
# still to come, which would go to the old release). Exact for HTTP/1.1, where a client connection has at most one upstream
# connection. Needs nginx.sh.

# targets PORT IP...: IP:PORT as /proc/net/tcp writes them.
targets() {
    door=$1
    shift
    printf '%s\n' "$@" | awk -v port="$door" '{ split($1, o, "."); printf "%02X%02X%02X%02X:%04X ", o[4], o[3], o[2], o[1], port }'
}

old_workers() {
    for pid in $(workers); do
        title "$pid"
        case $title in *"shutting down"*) echo "$pid" ;; esac
    done
}

# sockets PID: inodes. As the worker's own user, who may look without SYS_PTRACE.
sockets() {
    setpriv --reuid=www-data --regid=www-data --clear-groups ls -l "/proc/$1/fd" 2>/dev/null |
        sed -n 's/.*socket:\[\([0-9]*\)\].*/\1/p'
}

# look_at TARGETS: sets open, connections to them, and waiting, clients of old workers that may still send them something:
# those minus the upstream connections to other releases. Ports 80, 81 and 443 are ours.
look_at() {
    found=$(for pid in $(old_workers); do sockets "$pid"; done | awk -v targets=" $1" '
        NF == 1 { own[$1] = 1; next }
        $4 != "01" && $4 != "02" && $4 != "08" { next }
        { there = index(targets, " " $3 " ") }
        there && $4 != "08" { open++ }
        $10 in own {
            split($2, here, ":")
            if (here[2] == "0050" || here[2] == "0051" || here[2] == "01BB") clients++
            else if (!there) elsewhere++
        }
        END { print open + 0, clients - elsewhere }' - /proc/net/tcp)
    open=${found% *} waiting=${found#* }
}

# drained TARGETS: one look; true at the second quiet one in a row. Starts with quiet=0.
drained() {
    look_at "$1"
    if [ "$open" = 0 ] && [ "$waiting" -le 0 ]; then quiet=$((quiet + 1)); else quiet=0; fi
    [ "$quiet" -ge 2 ]
}

# shutdown_seconds: how long nginx lets an old worker go on.
shutdown_seconds() { sed -n 's/^worker_shutdown_timeout \([0-9]*\)s;.*/\1/p' "$GW/current/nginx.conf"; }
