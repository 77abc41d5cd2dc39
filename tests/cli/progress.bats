#!/usr/bin/env bats
# What long work says of itself meanwhile, on standard error alone.
load common

big() {
    make_store
    open_case
    truncate -s "$1" big.bin
}
adding=(add big.bin --case C1 --from bench --received '2021-12-06 10:15')

# on_terminal COLUMNS ARGUMENT...: adds big.bin on a real terminal; what it was sent is in said, what stood there line by line in lines
on_terminal() {
    command -v script >/dev/null || skip 'script is not here'
    local columns=$1
    shift
    TERM=${TERM_KIND-xterm} script -qec "stty cols $columns; '$EXHIBIT' add big.bin --case C1 --from bench --received '2021-12-06 10:15' $*" /dev/null \
        </dev/null >said 2>&1 || [ $? = 7 ]
    tr '\r' '\n' <said | sed 's/\x1b\[K//g' >lines
}

@test "on a terminal one line is rewritten: what it does, bytes, share, rate, time left; no wider than the terminal" {
    big 300M
    on_terminal 80
    grep '^copying: .* of 314.6 MB, [0-9]*%, .*MB/s, [0-9]* s left$' lines >told
    [ "$(wc -l <told)" -gt 0 ]
    [ "$(wc -L <told)" -le 79 ]
    [ "$(grep -c '^copying' lines)" -lt 200 ]
}

@test "on a narrow terminal the line has what there is room for, and breaks nowhere" {
    big 300M
    for columns in 20 12; do
        on_terminal $columns
        grep '[0-9]%' lines | grep -v '^[a-z]* *sha256' >told
        [ "$(wc -l <told)" -gt 0 ]
        [ "$(wc -L <told)" -lt $columns ]
    done
}

@test "a terminal that becomes narrower meanwhile gets a narrower line" {
    big 600M
    cat >resize.py <<'PY'
import fcntl, os, pty, re, struct, sys, termios
def size(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
pid, fd = pty.fork()
if pid == 0:
    size(0, 80)
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
wide = None
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    said += part
    if wide is None and b" left" in said:
        size(fd, 30)
        wide = len(said)
os.waitpid(pid, 0)
lines = [re.sub(rb"\x1b\[K", b"", line) for line in re.split(rb"[\r\n]", said[wide:]) if b"copying" in line]
lines = lines[1:]                        # one may have been under way
sys.exit(0 if lines and all(len(line) < 30 for line in lines) else "lines: %r" % lines)
PY
    python3 resize.py "$EXHIBIT" "${adding[@]}"
}

@test "it does not flicker: each line is one write, over the one before, that clears only what is left of that" {
    big 300M
    strace -o /dev/null true 2>/dev/null || skip 'strace cannot be used here'
    export ASAN_OPTIONS=detect_leaks=0:exitcode=99
    TERM=xterm script -qec "strace -s 200 -e trace=write -o calls '$EXHIBIT' add big.bin --case C1 --from bench --received '2021-12-06 10:15'" \
        /dev/null </dev/null >said 2>&1 || [ $? = 7 ]
    grep '^write(2, ' calls >writes
    [ "$(grep -c 'copying' writes)" -gt 0 ]
    run ! grep -vE '^write\(2, "\\r(copying[^\\]*)?\\33\[K"' writes
    [ "$(grep -c '"\\r\\33\[K"' writes)" = 1 ]
}

@test "no colour is used, with NO_COLOR or without, and a dumb terminal gets plain lines" {
    big 300M
    for colour in '' 1; do
        NO_COLOR=$colour on_terminal 80
        run ! grep -q $'\x1b\[[0-9;]*m' said
    done
    for TERM_KIND in dumb ''; do
        on_terminal 80
        run ! grep -q $'\x1b' said
        run ! grep -q $'\r[^\r\n]' said
    done
}

# quickly ARGUMENT...: seals OP1 by a clock that runs a thousand times as fast
quickly() { run --separate-stderr env FAKETIME_DONT_FAKE_MONOTONIC=0 faketime -f '+0 x1000' "$EXHIBIT" seal OP1 --out out "$@"; }

@test "elsewhere nothing is said of what takes less than half a minute, and a line every 30 s of what takes longer" {
    big 300M
    expect 7 "${adding[@]}"
    run ! grep -q '^copying' <<<"$stderr"
    need_faketime
    quickly --progress auto
    [ "$status" = 0 ]
    grep '^sealing: .* of .* MB, .*%' <<<"$stderr"
    run ! grep -q $'\r' <<<"$stderr"
    run ! grep -q '^sealing' <<<"$output"
}

@test "with --quiet or --progress never nothing is said, and with --json standard output has JSON alone" {
    need_faketime
    big 100M
    expect 7 "${adding[@]}" --quiet --progress json
    [ -z "$stderr" ]
    on_terminal 80 --progress never
    run ! grep -q $'\x1b' said
    quickly --progress never --json
    [ "$status" = 0 ]
    [ -z "$stderr" ]
    json_lines
}

# progress_objects: the lines of $stderr that begin with '{', each an object of progress; into objects
progress_objects() {
    grep '^{' <<<"$stderr" >objects
    jq -e -s 'length > 0 and all(.type == "progress" and (.doing | type == "string") and (.part | type == "number") and (.parts | type == "number")
        and (.unit | type == "string") and (.done | type == "number") and (.rate | type == "number")
        and (.of == null or .of >= .done) and (.seconds_left == null or .seconds_left >= 0))' objects
}

@test "with --progress json each second, and at the end, one object a line tells it on standard error" {
    need_faketime
    big 300M
    expect 7 "${adding[@]}" --progress json
    progress_objects
    jq -e -s '.[-1] | .stage == "done" and .doing == "copying" and .unit == "bytes" and .of == 314572800 and .done == .of and .seconds_left == 0' objects
    [ "$(jq -s 'map(select(.stage == "done")) | length' objects)" = 1 ]
    shows 'OP1'
    run ! grep -q '"progress"' <<<"$output"
    quickly --progress json --json
    [ "$status" = 0 ]
    json_lines
    run ! grep -q '"progress"' <<<"$output"
    progress_objects
    jq -e -s '.[0].stage == "working" and .[1].doing == "sealing" and .[1].rate > 0 and .[-1].stage == "done"' objects
}

@test "the objects are no more than one each second and the last" {
    big 1G
    begun=$(date +%s%N)
    expect 7 "${adding[@]}" --progress json
    taken=$((($(date +%s%N) - begun) / 1000000000))
    progress_objects
    [ "$(wc -l <objects)" -le $((taken + 2)) ]
}

@test "work that fails says so at the end in JSON too, and its sentence stays a sentence" {
    big 1M
    expect 3 add missing.bin --case C1 --from bench --received '2021-12-06 10:15' --progress json
    progress_objects
    jq -e -s '.[-1].stage == "failed"' objects
    [ "$(grep -c '^exhibit: ' <<<"$stderr")" = 1 ]
    [ -z "$output" ]
}

@test "--progress takes three words, and no other" {
    big 1M
    for word in none yes '' JSON; do
        expect 2 "${adding[@]}" --progress "$word"
        mentions "--progress is 'auto', 'json' or 'never'"
    done
    expect 2 "${adding[@]}" --progress
    expect 7 "${adding[@]}" --progress auto
}

# ---- interruption ----

# interrupt SIGNALS READY COMMAND...: signals it, one after the other, once the shell words READY hold, in which PID is its
# process; ended by the last of them.
# What it said is in words. Not from the background of a shell, which has INT ignored.
interrupt() {
    cat >interrupt.py <<'PY'
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
signals = [getattr(signal, "SIG" + name) for name in sys.argv[1].split()]
process = subprocess.Popen(sys.argv[3:], stdin=subprocess.DEVNULL, stdout=open("out.words", "w"), stderr=open("words", "w"))
ready = dict(args=["sh", "-c", sys.argv[2]], env=dict(os.environ, PID=str(process.pid)))
while subprocess.run(**ready, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
    if process.poll() is not None:
        sys.exit("it ended before it was interrupted: %s" % open("words").read())
    time.sleep(0.005)
for number in signals:
    process.send_signal(number)
    time.sleep(0.01)
ended = process.wait()
sys.exit(0 if -ended in signals else "ended with %d: %s" % (ended, open("words").read()))
PY
    python3 interrupt.py "$@"
}

@test "interrupted, add and seal end by the signal, and nothing that they made is left" {
    big 1G
    for signal in INT TERM; do
        interrupt $signal 'ls -d store/exhibits/.*partial' "$EXHIBIT" "${adding[@]}"
        grep -q '^exhibit: .*interrupted; no exhibit was made$' words
        nothing_left
    done
    expect 7 "${adding[@]}"
    made=$output
    for signal in INT TERM; do
        interrupt $signal 'find out -name "*.partial" | grep .' "$EXHIBIT" seal "$(sed -n 's/^exhibit *//p' <<<"$made")" --out out
        grep -q '^exhibit: .*interrupted; no package was made$' words
        [ -z "$(find out -mindepth 1)" ]
    done
    expect 0 log verify
}

@test "interrupted, unseal and verify --extract-to leave nothing of a package, and say so" {
    big 1G
    expect 7 "${adding[@]}"
    (umask 077 && age-keygen -o id.txt 2>/dev/null) || skip 'age-keygen is not here'
    expect 0 seal OP1 --out out --recipient "$(sed -n 's/^# public key: //p' id.txt)"
    mkdir to
    for signal in INT TERM; do
        for command in "unseal --out" 'verify --extract-to'; do
            # shellcheck disable=SC2086  # words
            interrupt $signal 'find to -mindepth 1 | grep .' "$EXHIBIT" $command to --identity id.txt out/*.age
            grep -qx 'exhibit: interrupted; there is no verdict, and nothing of the package is kept' words
            [ -z "$(find to -mindepth 1)" ]
        done
    done
}

@test "interrupted while it waits for its input, verify does not wait on" {
    unset EXHIBIT_STORE
    mkfifo slow
    exec 7<>slow
    printf 'PK' >&7
    interrupt INT 'sleep 0.2' sh -c "exec '$EXHIBIT' verify - <slow"
    grep -q '^exhibit: interrupted; there is no verdict' words
    exec 7>&-
}

@test "interrupted, verify --store says that another run goes on, and it does" {
    big 1G
    expect 7 "${adding[@]}"
    for signal in INT TERM; do
        interrupt $signal 'ls -l /proc/$PID/fd | grep /OP1/data/' "$EXHIBIT" verify --store
        grep -q "^exhibit: interrupted; what was verified until then is kept, and 'exhibit verify --store --resume' goes on from there" words
        [ ! -s out.words ]
    done
    expect 0 verify --store --resume
}

@test "interrupted on a terminal, the line is cleared before it says why" {
    big 1G
    cat >terminal.py <<'PY'
import os, pty, signal, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
said, sent = b"", False
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    said += part
    if not sent and b"copying" in said:
        os.write(fd, b"\x03")            # Ctrl-C
        sent = True
ended = os.waitpid(pid, 0)[1]
ok = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGINT and b"\r\x1b[Kexhibit: " in said and b"interrupted; no exhibit was made" in said
sys.exit(0 if ok else "%r %r" % (ended, said))
PY
    python3 terminal.py "$EXHIBIT" "${adding[@]}"
    nothing_left
}

@test "a second interruption ends it at once, and the store is whole" {
    big 1G
    # Stopped, it gets both signals before it can do anything about the first.
    for signals in 'STOP INT TERM CONT' 'STOP TERM INT CONT'; do
        interrupt "$signals" 'ls -d store/exhibits/.*partial' "$EXHIBIT" "${adding[@]}"
        [ ! -s words ]                   # it had no time to clear anything away
    done
    expect 0 doctor --quiet || [ "$status" = 7 ]
    expect 0 log verify
    [ -z "$(find store/exhibits -mindepth 1)" ]
}

# due COUNT: so many exhibits that an approved plan, plan.json, destroys
due() {
    make_store
    printf '%s\n' '[policy]' name=test version=1 custodian=council statuses=opened '[rule "T1"]' title=Closed 'legal = none, a test' sure=yes \
        cases=other 'trigger = status closed' 'period = 31 days' then=delete >policy.conf
    exhibit retention adopt policy.conf --reason agreed >/dev/null
    make_key dp DP dpo
    exhibit key trust dp.pub --name 'Person DP' --initials DP --role dpo --until '2040-01-01 00:00' >/dev/null
    exhibit case open --type other --reference police:1 --requested-by police --basis DPA >/dev/null
    for ((n = 0; n < $1; n++)); do
        echo $n >file.bin
        expect 7 add file.bin --case C1 --from bench --received '2021-12-06 10:15' --quiet
    done
    exhibit case status C1 opened --date 2021-12-07 --source email >/dev/null
    exhibit case status C1 closed --date 2021-12-08 --source email >/dev/null
    expect 0 retention plan --out plan.json --grace 0 --quiet
    EXHIBIT_KEY=$PWD/dp.key expect 0 retention approve plan.json --quiet
}

@test "interrupted, retention apply says how much is destroyed, and another run does the rest" {
    due 5
    interrupt TERM '! test -d store/exhibits/OP1' "$EXHIBIT" retention apply plan.json --most 100
    grep -q '^exhibit: [1-4] exhibits are destroyed so far$' words
    grep -q '^exhibit: .*interrupted; what was destroyed until then is in the log, and applying the plan again goes on$' words
    [ -d store/exhibits/OP5 ]
    expect 0 log verify
    expect 0 retention apply plan.json --most 100 --progress json
    progress_objects
    jq -e -s '.[-1] | .doing == "destroying" and .unit == "items" and .of == 5 and .done == 5 and .stage == "done"' objects
    [ -z "$(find store/exhibits -mindepth 1 -maxdepth 1 -name 'OP*')" ]
}

@test "interrupted in the midst of several remotes, log push says how many are up to date" {
    make_store
    open_case
    git init --quiet --bare one.git
    python3 -c '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True)
time.sleep(60)' >port 3>&- &
    listener=$!
    until_true test -s port
    expect 0 log remote add a "$PWD/one.git"
    expect 0 log remote add b "ssh://u@127.0.0.1:$(cat port)/x"
    interrupt INT "git --git-dir one.git rev-parse --verify custody && sleep 1" "$EXHIBIT" log push
    kill $listener
    grep -q '^exhibit: interrupted, with 1 remote up to date: ' words
    git --git-dir one.git rev-parse --verify --quiet custody >/dev/null
}

@test "interrupted while it copies, export says that the Master is made and is kept" {
    ready --size 1280x720 --minutes 2
    interrupt INT 'ls -d store/exhibits/.OP1_1*.partial' "$EXHIBIT" export --case C1 --camera wisbech-12 --from '2021-12-05 21:08:01' \
        --to '2021-12-05 21:09:55' --out out --copy
    grep -q '^exhibit: .*interrupted.*; exhibit OP1 was made and is kept in the store$' words
    expect 0 verify OP1
    [ "$(find store/exhibits -mindepth 1 -maxdepth 1)" = store/exhibits/OP1 ]
    [ -z "$(find out -mindepth 1)" ]
}

@test "each command that watches its work says in JSON what it was doing" {
    ready
    expect 0 export --case C1 "${window[@]}" --out out --progress json
    jq -e -s '.[-1] | .doing == "copying" and .stage == "done"' <(grep '^{' <<<"$stderr")
    expect 0 transcode OP1 --progress json
    jq -e -s '.[-1] | .doing == "encoding" and .unit == "milliseconds" and .stage == "done" and .of >= .done' <(grep '^{' <<<"$stderr")
    expect 0 still OP1 --at +1s --progress json
    jq -e -s '.[-1] | .doing == "taking stills" and .stage == "done"' <(grep '^{' <<<"$stderr")
    local command
    for command in 'verify OP1' "verify $(echo out/*.zip) --against-source" 'verify OP1 --footage' 'verify --store' 'log verify' 'log pack'; do
        # shellcheck disable=SC2086  # words
        expect 0 $command --progress json --json
        json_lines
        progress_objects
        jq -e -s 'all(.stage != "failed") and .[-1].stage == "done"' objects
    done
}

@test "log verify and log pack tell entries, of how many" {
    make_store
    "$EXHIBIT_OUT/tests/unit/log_grow" store op.key 600 300 >/dev/null
    count=$(exhibit log show --json | wc -l)
    for command in verify 'verify --new' pack; do
        # shellcheck disable=SC2086  # words
        expect 0 log $command --progress json
        progress_objects
        jq -e -s --argjson count "$count" '.[-1] | .unit == "entries" and .of <= $count and .of >= 600 and .done == .of' objects
    done
}

@test "a command that finds the index gone tells of the log that it reads, and the next one has nothing to tell" {
    make_store
    "$EXHIBIT_OUT/tests/unit/log_grow" store op.key 8400 8400 >/dev/null
    rm store/private/index*
    expect 0 case list --progress json
    progress_objects
    jq -e -s '.[-1] | .doing == "reading the log" and .unit == "entries" and .of > 8400 and .done == .of and .stage == "done"' objects
    expect 0 case list --progress json
    [ -z "$stderr" ]
}

@test "interrupted while the log is read, a command says that nothing is lost, and the next one reads it again" {
    make_store
    "$EXHIBIT_OUT/tests/unit/log_grow" store op.key 8400 8400 >/dev/null
    for signal in INT TERM; do
        rm -f store/private/index*
        # Once it has SIGINT caught, which it does as it begins to read.
        interrupt $signal '[ $((0x$(sed -n "s/^SigCgt:.//p" /proc/$PID/status) & 2)) != 0 ]' "$EXHIBIT" case list
        grep -qx 'exhibit: interrupted; nothing is lost: the next command reads the log again' words
        expect 0 case list
    done
}

@test "verifying an exhibit of the store tells bytes, of how many" {
    big 100M
    expect 7 "${adding[@]}"
    expect 0 verify OP1 --progress json
    progress_objects
    jq -e -s '.[-1] | .doing == "verifying" and .unit == "bytes" and .of >= 104857600 and .of < 105000000 and .done == .of' objects
}
