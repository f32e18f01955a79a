# What host/serving says, from live files (*.conf), bars (*.barred), marks of what was stopped by hand (*.stopped) and flip
# records (flips/*); see there. A live file comes before the others of its app.

function word(value) { return value == "" || value == "-" ? "null" : "\"" value "\"" }
function number(value) { return value ~ /^[0-9]+$/ ? value : "null" }
function count(value) { return value + 0 }

# The release after "*", in: split_clients KEY NAME { 10% blue-1; * green-2; }
function main(    i, value) {
    for (i = 5; i + 1 < NF; i += 2) if ($i == "*") { value = $(i + 1); sub(/;$/, "", value); break }
    return value == "none" ? "" : value
}

function weights(    value) {
    chosen[app] = main()
    if ($5 !~ /^[0-9]+%$/) return
    value = $6
    sub(/;$/, "", value)
    canary[app] = value
    percent[app] = $5 + 0
}

function upstream(    release) {
    release = substr($2, length(app) + 2)
    if (index(unproved, " " app ":" release " ")) return
    releases[app] = releases[app] (releases[app] == "" ? "" : ",") "\"" release "\""
}

function a_bar(    parts) {
    split($0, parts, "\t")
    bars[app] = bars[app] (bars[app] == "" ? "" : ",") \
        sprintf("{\"hash\":\"%s\",\"image\":%s,\"at\":\"%s\",\"why\":\"%s\"}", parts[1], word(parts[2]), parts[3], parts[4])
}

function a_mark(    parts) {
    split($0, parts, "\t")
    stopped[app] = sprintf("{\"at\":\"%s\",\"by\":\"%s\"}", parts[1], parts[2])
}

function watched(    why) {
    if (flip[app, "id"] == "") return "null"
    why = flip[app, "why"]
    gsub(/[\001-\037"\\]/, "", why)
    return sprintf("{\"id\":%s,\"release\":%s,\"verdict\":%s,\"why\":%s,\"seen\":%d,\"failed\":%d,\"until\":%s}", \
        word(flip[app, "id"]), word(flip[app, "release"]), word(flip[app, "verdict"]), word(why), \
        count(flip[app, "seen"]), count(flip[app, "failed"]), number(flip[app, "until"]))
}

function told(app,    pointed, part) {
    pointed = pointer[app] != "" && index(pointers, " " pointer[app] " ")
    part = "null"
    if (!pointed && canary[app] != "") part = sprintf("{\"release\":\"%s\",\"percent\":%d}", canary[app], percent[app])
    return sprintf("\"%s\":{\"live\":%s,\"releases\":[%s],\"canary\":%s,\"back\":%s,\"pointer\":%s,\"watch\":%s,\"barred\":[%s],\"stopped\":%s}", \
        app, word(pointed ? warm[app] : chosen[app]), releases[app], part, pointed ? "null" : word(warm[app]), \
        pointed ? "true" : "false", watched(), bars[app], app in stopped ? stopped[app] : "null")
}

FNR == 1 {
    kind = FILENAME ~ /\.conf$/ ? "live" : FILENAME ~ /\.barred$/ ? "bars" : FILENAME ~ /\.stopped$/ ? "mark" : "flip"
    if (kind == "live") {
        app = FILENAME
        sub(/.*\//, "", app)
        sub(/\.conf$/, "", app)
        apps[++seen] = app
        variable = app
        gsub(/-/, "_", variable)
        variable = "$" variable
    }
}
kind == "bars" { a_bar(); next }
kind == "mark" { a_mark(); next }
kind == "flip" { value = $0; sub(/^[^ ]* /, "", value); flip[app, $1] = value; next }
$1 == "upstream" && index($2, app "_") == 1 && $2 !~ /\.next$/ { upstream() }
$1 == "split_clients" && $3 == variable "_gen" { weights() }
$1 == "split_clients" && $3 == variable "_alt" { warm[app] = main() }
$1 == "split_clients" && $3 == variable "_flip" { pointer[app] = main() }
END {
    printf "{"
    for (i = 1; i <= seen; i++) { app = apps[i]; printf "%s%s", (i > 1 ? "," : ""), told(app) }
    print "}"
}
