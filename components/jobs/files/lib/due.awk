# due.awk: of the lines on stdin, those whose schedule names this minute, as they are.
# -v zone= minute= hour= day= month= weekday=: the clock of that time zone; lines of other zones are not meant.
# A line: APP TAB NAME TAB SCHEDULE TAB TIMEZONE TAB ..., the schedule checked before: five fields, numbers only.
BEGIN { FS = "\t" }

$4 == zone {
    split($3, field, " ")
    if (has(field[1], minute, 0, 59) && has(field[2], hour, 0, 23) && has(field[4], month, 1, 12) && today()) print
}

# Both days given = either of them, as crontab(5) has it: one that starts with * is not given. 7 is Sunday too.
function today(    by_day, by_weekday) {
    by_day = has(field[3], day, 1, 31)
    by_weekday = has(field[5], weekday, 0, 7) || (weekday == 0 && has(field[5], 7, 0, 7))
    if (field[3] ~ /^\*/ || field[5] ~ /^\*/) return by_day && by_weekday
    return by_day || by_weekday
}

# has WRITTEN NUMBER LOW HIGH: whether a list such as 1-5,*/15,30 has the number.
function has(written, number, low, high,    parts, n, i, span, step, first, last) {
    n = split(written, parts, ",")
    for (i = 1; i <= n; i++) {
        span = parts[i]; step = 1
        if (index(span, "/")) { step = substr(span, index(span, "/") + 1) + 0; span = substr(span, 1, index(span, "/") - 1) }
        if (span == "*") { first = low; last = high }
        else if (index(span, "-")) { first = substr(span, 1, index(span, "-") - 1) + 0; last = substr(span, index(span, "-") + 1) + 0 }
        else first = last = span + 0
        if (number >= first && number <= last && (number - first) % step == 0) return 1
    }
    return 0
}
