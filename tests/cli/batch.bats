#!/usr/bin/env bats
# A file of jobs: each row is done once, however often the file is run, and whatever kills it.
load common
load schema

schema=$EXHIBIT_TOP/docs/formats/batch.schema.json
columns='id,verb,case,camera,from,to,out,argument'
from='2021-12-05 21:10:05' to='2021-12-05 21:10:15'

# jobs COUNT: a CSV file of exports on standard output; each tenth of it fails: of an unknown camera and of no footage by turns
jobs() {
    local i camera day
    echo 'id,case,camera,from,to,out'
    for ((i = 1; i <= $1; i++)); do
        camera=wisbech-12 day=05
        [ $((i % 20)) != 10 ] || camera=nowhere
        [ $((i % 20)) != 0 ] || day=07
        printf 'row-%d,C1,%s,2021-12-%s 21:10:%02d,2021-12-%s 21:10:%02d,out\n' $i $camera $day $((i % 50)) $day $((i % 50 + 3))
    done
}

# finished FILTER: of the events on stdout, those of rows that ended
finished() { jq -c "select(.type == \"finished\") | $1" <<<"$output"; }
# sum MEMBER: of the summary
sum() { jq -r "select(.type == \"summary\") | .$1" <<<"$output"; }
# entries FILTER: of the log
entries() { exhibit log show --json | jq -r ".entry | $1"; }
head_of_log() { git --git-dir store/custody.git rev-parse custody; }
# masters: what was made: of each exhibit the camera, the window, and the footage that was copied; whatever it is called by
masters() { cat store/exhibits/*/record/exhibit.json | jq -c '[.camera.id, .window.from, .window.to, [.segments[].runs[].sha256]]' | sort; }

# has_ended COUNT FILE: so many rows have, by the events in it
has_ended() { [ "$(grep -c '"type":"finished"' "$2")" -ge "$1" ]; }
# rows PID: the processes of its rows, each of which is a row already: neither one that is about to be, nor one that has ended
rows() { pgrep -P "$1" -f -- --job=; }
# is_held PID: it has stopped
is_held() { [ "$(ps -o stat= -p "$1" | cut -c 1)" = T ]; }
# hold_row PID: its only row is stopped, and does nothing until it is told to go on; sets row
hold_row() { until_true eval "row=\$(rows $1) && kill -STOP \$row && is_held \$row"; }
# gone PID: it is no process, or one that is dead
gone() { [ ! -e "/proc/$1/exe" ]; }

# both_did COUNT: two batches, which said it in one and two, each found so many rows done, by it or by the other, and none failed
both_did() {
    local said
    for said in one two; do
        output=$(<$said)
        [ "$(sum failed)" = 0 ] && [ "$(($(sum 'done') + $(sum before)))" = "$1" ] || return 1
    done
}

# whole COUNT: so many exports, each of a row of its own, each with its package, and nothing else
whole() {
    expect 0 log verify
    [ "$(entries 'select(.act == "export-done") | .facts.job' | sort -u | wc -l)" = "$1" ]
    [ "$(entries 'select(.act == "export-done") | .facts.job' | wc -l)" = "$1" ]
    [ "$(find out -name '*.zip' | wc -l)" = "$1" ]
    [ "$(find store/exhibits -mindepth 1 -maxdepth 1 | wc -l)" = "$1" ]
    [ -z "$(find . -name '*.partial'; find store/staging -mindepth 1)" ]
}

# ---- malformed files: told whole, and nothing is run ----

@test "a malformed CSV file is told whole, with lines and columns, and nothing is run" {
    ready
    before=$(head_of_log)
    cat >jobs.csv <<END
id,verb,case,camera,from,to,out,colour
a,,C1,wisbech-12,$from,$to,out,
b,,C1,wisbech-12,$from,$to
c,exprot,C1,wisbech-12,$from,$to,out,
d,key new,C1,wisbech-12,$from,$to,out,
,,C1,wisbech-12,$from,$to,out,
a,,C1,wisbech-12,$from,$to,out,
e,,C1,wisbech-12,$from,,out,
f,extract,C1,wisbech-12,$from,$to,out,
g,,"C1"x,wisbech-12,$from,$to,out,
END
    expect 4 batch jobs.csv
    [ -z "$output" ]
    [ "$(wc -l <<<"$stderr")" = 10 ]
    mentions 'jobs.csv line 1, colour: it is not a column' 'line 3: it has 6 fields, and the first line names 8 columns' \
        "line 4, verb: 'exprot' is not a verb; a row is one of" "line 5, verb: 'key new' cannot be done once" 'line 6, id: it is needed' \
        "line 7, id: row 'a' is on line 2 already" 'line 8: --case, --camera, --from and --to are needed' \
        "line 9, out: 'extract' has no such option" 'line 10: it has something between' 'jobs.csv has 9 problems; nothing was run'
    [ "$(head_of_log)" = "$before" ]
    nothing_left
}

@test "what a bad row says reaches the terminal without its control characters" {
    ready
    printf 'id,verb,case,co\033[2Jlour\na,ex\033[2Jport,C1,red\n' >$'jobs\033[2J.csv'
    expect 4 batch $'jobs\033[2J.csv'
    mentions 'jobs\x1b[2J.csv line 1, co\x1b[2Jlour: it is' 'ex\x1b[2Jport'
    [[ $stderr != *$'\033'* ]]
}

@test "malformed JSON lines are told whole, with lines and members" {
    ready
    cat >jobs.jsonl <<'END'
{"id": "a", "case": "C1", "camera": ["x", "y"], "from": "x", "to": "y", "out": "out"}

{"id": "b", "case": "C1"
[1]
{"id": 5, "case": "C1", "camera": "x", "from": "x", "to": "y", "out": "out"}
{"id": "d", "case": "C1", "camera": "", "from": "x", "to": "y", "out": "out"}
{"id": "e", "case": "C1", "camera": {"x": 1}, "from": "x", "to": "y", "out": "out"}
{"id": "f", "case": "C1", "camera": "x", "from": "x", "to": "y", "out": "out", "recorder-time": "yes"}
{"id": "g\n", "case": "C1", "camera": "x", "from": "x", "to": "y", "out": "out"}
{"id": "h", "case": "C1", "camera": "x", "from": "x", "to": "y", "out": "out", "camra": "z"}
{"id": "i", "case": "C1", "camera": "x", "from": "x", "to": "y", "out": "out", "argument": "more"}
{"id": "j", "case": "C1", "camera": "x", "from": "x", "to": "y", "out": "out", "mode": "best"}
END
    expect 4 batch jobs.jsonl --json
    json_lines
    [ "$(jq -r 'select(.type == "problem") | "\(.line) \(.column)"' <<<"$output")" = "$(printf '%s\n' '1 camera' '3 null' '4 null' '5 id' '6 camera' '7 camera' \
        '8 recorder-time' '9 id' '10 camra' '11 null' '12 null')" ]
    [ "$(jq -r 'select(.type == "error") | .status' <<<"$output")" = 4 ]
    mentions "line 10, camra: 'export' has no such option; did you mean 'camera'?" '11 problems'
    nothing_left
}

@test "a file that is no list of jobs is refused: empty, header alone, binary, too long a value, a directory" {
    ready
    : >jobs.csv
    expect 4 batch jobs.csv
    sentence 'holds no row'
    jobs 0 >jobs.csv
    expect 4 batch jobs.csv
    sentence 'holds no row'
    head -c 4000 /dev/urandom >jobs.csv
    expect 4 batch jobs.csv
    printf '{"id":"a","case":"%s"}\n' "$(head -c 5000 /dev/zero | tr '\0' x)" >jobs.jsonl
    expect 4 batch jobs.jsonl
    mentions 'line 1, case: it is longer than 4096 bytes'
    printf '{"id":"%s"}\n' "$(head -c 200 /dev/zero | tr '\0' x)" >jobs.jsonl
    expect 4 batch jobs.jsonl
    mentions 'line 1, id: it must have 1 to 128 bytes'
    expect 3 batch out
    sentence "cannot read 'out'"
    expect 3 batch nowhere.csv
    sentence "cannot open 'nowhere.csv'"
}

@test "what is of the whole batch, or asks somebody, no row may set" {
    ready
    for member in '"store": "x"' '"key": "x"' '"passphrase-file": "x"' '"passphrase-fd": 0' '"json": true' '"quiet": true' '"dry-run": true' \
        '"estimate": true'; do
        echo "{\"id\": \"a\", \"case\": \"C1\", \"camera\": \"wisbech-12\", \"from\": \"$from\", \"to\": \"$to\", \"out\": \"out\", $member}" >jobs.jsonl
        expect 4 batch jobs.jsonl
        [ "$(wc -l <<<"$stderr")" = 2 ]
        mentions "line 1, $(cut -d'"' -f2 <<<"$member"): "
    done
    for member in '"passphrase": true' '"package-passphrase-fd": 0'; do
        echo "{\"id\": \"a\", \"verb\": \"seal\", \"argument\": \"OP1\", \"out\": \"out\", $member}" >jobs.jsonl
        expect 4 batch jobs.jsonl
        mentions 'use package-passphrase-file'
    done
    for member in job help usage version; do
        echo "{\"id\": \"a\", \"verb\": \"seal\", \"argument\": \"OP1\", \"out\": \"out\", \"$member\": \"x\"}" >jobs.jsonl
        expect 4 batch jobs.jsonl
        mentions 'has no such option'
    done
    nothing_left
}

@test "words of a row are words: no shell, no option, no other program" {
    ready
    # shellcheck disable=SC2016  # that is the point
    for words in '$(touch pwned)' '; touch pwned' '--store=elsewhere' '-h' '`touch pwned`' $'a\nb'; do
        jq -cn --arg w "$words" '{id: $w | gsub("\n"; "-"), verb: "add", case: "C1", from: $w, received: "2021-12-06 10:15", argument: [$w]}'
    done >jobs.jsonl
    expect 1 batch jobs.jsonl --json
    [ "$(sum failed)" = 6 ]
    [ "$(finished '.status' | sort -u)" = 3 ]                # there are no such files
    [ ! -e pwned ]
    # A name that looks like an option is a name all the same.
    cp "$(segment 21-10)" ./--help
    echo '{"id": "dash", "verb": "add", "case": "C1", "from": "--to", "received": "2021-12-06 10:15", "argument": "--help"}' >jobs.jsonl
    expect 0 batch jobs.jsonl --json
    [ "$(jq -r .parts[0].original store/exhibits/OP1/record/exhibit.json)" = --help ]
}

@test "the schema is one, describes each member, and takes the rows that the program takes, and no others" {
    validator
    described
    ready
    cat >rows <<'END'
0 {"id":"a","case":"C1","camera":"x","from":"x","to":"y","out":"out"}
0 {"id":"a","verb":"export","case":"C1","camera":["x"],"from":"x","to":"y","out":"out","recipient":["x","y"],"recorder-time":true,"mode":"native"}
0 {"id":"a","verb":null,"case":"C1","camera":"x","from":"x","to":"y","out":"out","mode":null,"recorder-time":false}
0 {"id":"a","case":"C1","camera":"x","from":"x","to":"y","out":"out","copy":true}
0 {"id":"a","verb":"extract","case":"C1","camera":"x","from":5,"to":"y"}
0 {"id":"a","verb":"add","case":"C1","from":"x","received":"y","argument":["x","y"],"organisation":"z","description":"d","method":"m","starts":"s"}
0 {"id":"a","verb":"transcode","argument":"OP1","speed":4}
0 {"id":"a","verb":"transcode","argument":"OP1","burn-in":true,"over-picture":true,"card":"2s","preset":"small","encoder":"libx264","exact":true,"reason":"r"}
0 {"id":"a","verb":"still","argument":["OP1"],"at":["+1s","+2s"],"format":"jpeg","quality":80}
0 {"id":"a","verb":"redact","argument":"OP1","reason":"r","mask":["1,1,2,2"],"outside":"1,1,5,5","mute":"all","style":"blur"}
0 {"id":"a","verb":"seal","argument":["OP1","OP2"],"out":"out","with":"master,copy","folder":true,"profile":"dvd"}
1 {"case":"C1","camera":"x","from":"x","to":"y","out":"out"}
1 {"id":"","case":"C1","camera":"x","from":"x","to":"y","out":"out"}
1 {"id":5,"case":"C1","camera":"x","from":"x","to":"y","out":"out"}
1 {"id":"a","case":"C1","camera":"x","from":"x","to":"y"}
1 {"id":"a","case":"C1","camera":"x","from":"x","to":"y","out":""}
1 {"id":"a","case":"C1","camera":["x","y"],"from":"x","to":"y","out":"out"}
1 {"id":"a","case":"C1","camera":"x","from":"x","to":"y","out":"out","recorder-time":"yes"}
1 {"id":"a","case":"C1","camera":"x","from":"x","to":"y","out":"out","store":"x"}
1 {"id":"a","case":"C1","camera":"x","from":"x","to":"y","out":"out","argument":"x"}
1 {"id":"a","case":"C1","camera":"x","from":"x","to":"y","out":"out","mode":"best"}
1 {"id":"a","verb":"extract","case":"C1","camera":"x","from":"x","to":"y","out":"out"}
0 {"id":"a","verb":"case open","type":"other","reference":["a:1","b:2"],"requested-by":"x","basis":"y","title":"t"}
0 {"id":"a","verb":"case status","argument":["C1","charged"],"date":"2021-12-06","source":"email","note":"n"}
0 {"id":"a","verb":"case outcome","argument":["C1","fine"],"cctv-led":"yes"}
0 {"id":"a","verb":"case reference","argument":["C1","add","a:1"]}
0 {"id":"a","verb":"case hold","argument":"C1","reason":"coroner","authority":"HM Coroner","reference":"1","review":"2027-01-01"}
0 {"id":"a","verb":"case review","argument":"C1-H1","review":"2027-01-01","reason":"r"}
0 {"id":"a","verb":"case release","argument":"C1-H1","reason":"r"}
1 {"id":"a","verb":"case open","type":"other","basis":"y"}
1 {"id":"a","verb":"case hold","argument":"C1","reason":"coroner"}
1 {"id":"a","verb":"case show","argument":"C1"}
1 {"id":"a","verb":"log show"}
1 {"id":"a","verb":"add","case":"C1","from":"x","received":"y"}
1 {"id":"a","verb":"redact","argument":"OP1","mask":"1,1,2,2"}
1 {"id":"a","verb":"seal","argument":"OP1"}
1 {"id":"a","verb":"still","argument":"OP1","at":"+1s","format":"gif"}
1 {"id":"a","verb":"transcode","argument":{"x":"OP1"}}
1 ["a"]
END
    "$python" - "$schema" rows <<'END'
import json, sys
from jsonschema import Draft202012Validator
validator = Draft202012Validator(json.load(open(sys.argv[1], encoding="utf-8")))
wrong = [line for line in open(sys.argv[2]) if validator.is_valid(json.loads(line[2:])) == (line[0] == "1")]
print("".join(wrong))
sys.exit(bool(wrong))
END
    # All good rows together, under identifiers of their own, and each bad one by itself.
    grep ^0 rows | cut -c3- | jq -c '.id = "row-\(input_line_number)"' >jobs.jsonl
    expect 1 batch jobs.jsonl --dry-run --json
    [ "$(sum rows)" = 18 ]
    while read -r row; do
        printf '%s\n' "$row" >jobs.jsonl
        expect 4 batch jobs.jsonl
    done < <(grep ^1 rows | cut -c3-)
}

@test "rows have every option of their verbs but those that are refused, in the schema and in the program" {
    validator
    for verb in export extract add transcode still redact seal 'case open' 'case status' 'case outcome' 'case reference' 'case hold' 'case review' 'case release'; do
        # shellcheck disable=SC2086  # one or two words
        exhibit $verb --help | sed -nE 's/^ +--([a-z-]+).*/\1/p' | grep -vxE 'json|quiet|progress|store|key|passphrase-file|passphrase-fd|usage|dry-run|estimate|passphrase|package-passphrase-fd' |
            sort -u >by_help
        "$python" -c 'import json, sys
for rule in json.load(open(sys.argv[1]))["allOf"]:
    verb = rule["if"]["properties"]["verb"]
    if sys.argv[2] in verb.get("enum", [verb.get("const")]):
        print("".join(sorted(name + "\n" for name in rule["then"]["properties"] if name not in ("id", "verb", "argument"))), end="")' "$schema" "$verb" >by_schema
        diff by_help by_schema
    done
}

# ---- done once ----

@test "a row is done once: a second run does nothing, from the same words in CSV or JSON lines" {
    ready
    jobs 3 >jobs.csv
    expect 0 batch jobs.csv --json
    json_lines
    [ "$(sum 'done')" = 3 ]
    whole 3
    before=$(head_of_log)
    expect 0 batch jobs.csv --json
    [ "$(sum 'done')" = 0 ]
    [ "$(sum before)" = 3 ]
    [ "$(finished '[.outcome, .made]' | sort | tr -d '\n')" = '["before","OP1"]["before","OP2"]["before","OP3"]' ]
    for i in 1 2 3; do
        printf '{"to":"2021-12-05 21:10:0%d","from":"2021-12-05 21:10:0%d","out":"out","verb":"export","camera":["wisbech-12"],"case":"C1","id":"row-%d","recorder-time":false}\n' \
            $((i + 3)) $i $i
    done >jobs.jsonl
    expect 0 batch jobs.jsonl --json
    [ "$(sum before)" = 3 ]
    # By hand and through a pipe, too.
    run --separate-stderr "$EXHIBIT" batch - --json <jobs.jsonl
    [ "$status" = 0 ]
    [ "$(sum before)" = 3 ]
    [ "$(head_of_log)" = "$before" ]
    whole 3
    expect 0 verify out/*.zip --signers store/allowed_signers
}

# with_copy ID: a row that makes an exhibit, its copy, and the package of both
with_copy() { printf '{"id":"%s","case":"C1","camera":"wisbech-12","from":"2021-12-05 21:10:05","to":"2021-12-05 21:10:15","out":"out","copy":true}\n' "$1"; }
# each_part_once COUNT: so many rows with a copy are done, each part of them once, and nothing else was made
each_part_once() {
    expect 0 log verify
    [ "$(entries 'select(.act == "extract-done") | .facts.part' | sort | uniq -c | xargs)" = "$1 master" ]
    [ "$(entries 'select(.act == "transcode-done") | .facts.part' | sort | uniq -c | xargs)" = "$1 copy" ]
    [ "$(entries 'select(.act == "seal-done") | .facts | has("job") and (has("part") | not)' | sort | uniq -c | xargs)" = "$1 true" ]
    [ "$(find store/exhibits -mindepth 1 -maxdepth 1 | wc -l)" = $((2 * $1)) ]
    [ "$(find out -name '*.zip' | wc -l)" = "$1" ]
    expect 0 verify out/*.zip --signers store/allowed_signers
}

@test "a row with a copy goes on after what it made before it was killed or failed, and makes none of it twice" {
    ready
    with_copy a >jobs.jsonl
    expect 0 batch jobs.jsonl --dry-run
    nothing_left
    "$EXHIBIT" batch jobs.jsonl </dev/null >/dev/null 2>&1 &
    pid=$!
    until_true test -e store/exhibits/.OP1_1.partial
    row=$(rows $pid)
    kill -9 $pid $row
    wait $pid || [ $? = 137 ]
    until_true gone "$row"
    [ "$(count_acts extract-done)" = 1 ]
    [ "$(count_acts transcode-done)" = 0 ]
    # It says something else now: refused, though it is done in part only.
    sed 's/10:15/10:16/' jobs.jsonl >changed.jsonl
    expect 1 batch changed.jsonl --json
    [[ $(finished .text) == *"row 'a' was run before and said something else then (OP1)"* ]]
    mv out away
    expect 1 batch jobs.jsonl --json
    [[ $(finished .text) == *'exhibit OP1 was made and is kept in the store'* ]]
    [ "$(count_acts transcode-done)" = 1 ]
    mv away out
    expect 0 batch jobs.jsonl --json
    [ "$(finished '[.outcome, .status, .made]')" = '["done",0,"C1-P1"]' ]
    each_part_once 1
    before=$(head_of_log)
    expect 0 batch jobs.jsonl --json
    [ "$(finished '[.outcome, .status, .made]')" = '["before",0,"C1-P1"]' ]
    [ "$(head_of_log)" = "$before" ]
}

@test "of a row with a copy the findings are told, and kept for the next run" {
    ready
    with_copy a | sed 's/10:15/18:15/' >jobs.jsonl            # past the end of the footage
    expect 7 batch jobs.jsonl --json
    [ "$(finished '.status, (.findings | length > 0)' | xargs)" = '7 true' ]
    expect 7 batch jobs.jsonl --json
    [ "$(finished '.outcome, .status' | xargs)" = 'before 7' ]
    each_part_once 1
}

@test "two batches of rows with copies at once make each part once" {
    ready
    for id in a b; do with_copy $id; done >jobs.jsonl
    "$EXHIBIT" batch jobs.jsonl --json </dev/null >one 2>&1 &
    "$EXHIBIT" batch jobs.jsonl --json </dev/null >two 2>&1 &
    wait
    both_did 2
    each_part_once 2
}

@test "a row that was done and says something else now is refused by name" {
    ready
    jobs 3 >jobs.csv
    expect 0 batch jobs.csv
    before=$(head_of_log)
    sed -i '/row-2/s/21:10:05/21:10:06/' jobs.csv
    expect 1 batch jobs.csv --json
    [ "$(finished 'select(.id == "row-2") | .status')" = 5 ]
    [[ $(finished 'select(.id == "row-2") | .text') == *"row 'row-2' was run before and said something else then (OP2)"* ]] ||
        [[ $(finished 'select(.id == "row-2") | .text') == *"said something else then (OP"* ]]
    [ "$(sum before)" = 2 ]
    [ "$(head_of_log)" = "$before" ]
    # Under another name it is another batch, and nothing is known of its rows.
    expect 0 batch jobs.csv --name second --json
    [ "$(sum 'done')" = 3 ]
    expect 0 batch jobs.csv --name second --json
    [ "$(sum before)" = 3 ]
}

@test "a row that failed may be put right; one that found no footage is asked about again only on demand" {
    ready
    jobs 20 | sed -n '1p;11p;21p' >jobs.csv
    expect 1 batch jobs.csv --json
    [ "$(finished '[.id, .status]' | sort | tr -d '\n')" = '["row-10",2]["row-20",1]' ]
    sed -i 's/nowhere/wisbech-12/' jobs.csv
    expect 1 batch jobs.csv --json
    [ "$(finished '[.id, .outcome]' | sort | tr -d '\n')" = '["row-10","done"]["row-20","failed"]' ]
    [ "$(count_acts export-nothing)" = 1 ]
    [[ $(finished 'select(.id == "row-20") | .text') == *'--look-again'* ]]
    # The recorder's disk turned up.
    cp "$(segment 21-10)" recordings/wisbech-12/2021-12-07_21-10-00-000000.mp4
    expect 0 batch jobs.csv --look-again --json
    [ "$(sum 'done')" = 1 ]
    expect 0 batch jobs.csv --json
    [ "$(sum before)" = 2 ]
}

@test "rows of every verb are done once" {
    mastered
    cp "$(segment 21-10)" shop.mp4
    cat >jobs.jsonl <<END
{"id": "extract", "verb": "extract", "case": "C1", "camera": "wisbech-12", "from": "$from", "to": "$to", "recorder-time": true}
{"id": "add", "verb": "add", "case": "C1", "from": "J. Smith", "received": "2021-12-06 10:15", "argument": ["shop.mp4"]}
{"id": "transcode", "verb": "transcode", "argument": "OP1", "from": "+1s", "to": "+2s", "burn-in": true, "card": "1s"}
{"id": "still", "verb": "still", "argument": "OP1", "at": ["+1s", "+2s"], "format": "jpeg", "quality": 80}
{"id": "redact", "verb": "redact", "argument": "OP1", "reason": "subject access", "mask": ["1,1,50,50", "60,60,9,9"], "from": "+1s", "to": "+2s"}
{"id": "seal", "verb": "seal", "argument": ["OP1"], "out": "out", "folder": true}
END
    expect 0 batch jobs.jsonl --json
    [ "$(sum 'done')" = 6 ]
    [ "$(finished 'select(.id == "seal") | .made')" = '"C1-P1"' ]
    [ "$(finished 'select(.id == "still") | .verb')" = '"still"' ]
    [ "$(jq '.parts | length' "$(copied "$(finished 'select(.id == "still") | .made' | tr -d '"' | cut -d/ -f2)")/record/exhibit.json")" = 2 ]
    jq -se 'any(.type == "progress" and .id == "transcode" and .progress.whole_ns > 0)' <<<"$output" >/dev/null
    before=$(head_of_log)
    expect 0 batch jobs.jsonl --json
    [ "$(sum before)" = 6 ]
    [ "$(head_of_log)" = "$before" ]
    expect 0 log verify
    expect 0 verify out/* --signers store/allowed_signers
}

@test "rows of cases are done once: opened, and what becomes of them entered" {
    make_store
    cat >jobs.csv <<'END'
id,verb,type,reference,reference,requested-by,basis,argument,argument,argument,date,source,reason,authority,review
1,case open,arrest,police:1,ecins:2,police,consent,,,,,,,,
2,case open,other,police:3,,police,consent,,,,,,,,
3,case status,,,,,,C1,charged,,2021-12-06,email,,,
4,case outcome,,,,,,C1,fine,,2021-12-06,,,,
5,case reference,,,,,,C1,add,sircs:4,,,,,
6,case hold,,a,,,,C1,,,,,coroner,HM Coroner,SOON
7,case review,,,,,,C1-H1,,,,,goes on,,SOON
8,case release,,,,,,C1-H1,,,,,over,,
END
    sed -i "s/SOON/$(date -u -d '+30 days' +%F)/" jobs.csv
    expect 0 batch jobs.csv --jobs 1 --json
    [ "$(finished '[.id, .made]' | tr -d '\n')" = '["1","C1"]["2","C2"]["3","C1"]["4","C1"]["5","C1"]["6","C1-H1"]["7","C1-H1"]["8","C1-H1"]' ]
    before=$(head_of_log)
    expect 0 batch jobs.csv --json
    [ "$(sum before)" = 8 ]
    [ "$(finished '[.id, .made]' | tr -d '\n')" = '["1","C1"]["2","C2"]["3","C1"]["4","C1"]["5","C1"]["6","C1-H1"]["7","C1-H1"]["8","C1-H1"]' ]
    # And where the index is made anew from the log.
    rm store/private/index*
    expect 0 batch jobs.csv --json
    [ "$(sum before)" = 8 ]
    [ "$(head_of_log)" = "$before" ]
    expect 0 log verify
    expect 0 case show C1
    sed -i '/^2,/s/police:3/police:5/' jobs.csv
    expect 1 batch jobs.csv --json
    [ "$(finished 'select(.id == "2") | .status')" = 5 ]
    # What only shows something leaves nothing to know it by.
    echo '{"id": "shows", "verb": "case status", "argument": "C1"}' >jobs.jsonl
    expect 1 batch jobs.jsonl --json
    [ "$(finished '[.status, .outcome]')" = '[2,"failed"]' ]
    [[ $(finished .text) == *'entered nothing in the log'* ]]
}

@test "a case is opened once by two batches at once" {
    make_store
    { echo id,verb,type,requested-by,basis; for i in 1 2 3 4 5 6; do echo "$i,case open,other,police,consent"; done; } >jobs.csv
    "$EXHIBIT" batch jobs.csv </dev/null >one &
    "$EXHIBIT" batch jobs.csv </dev/null >two &
    wait
    [ "$(count_acts case-open)" = 6 ]
    expect 0 batch jobs.csv --json
    [ "$(sum before)" = 6 ]
}

@test "what a batch made is entered with two digests, and with nothing that says what the row was" {
    ready
    jobs 1 >jobs.csv
    expect 0 batch jobs.csv
    job=$(entries 'select(.act == "export-begun") | .facts.job')
    [[ $job =~ ^[0-9a-f]{64}$ ]]
    [ "$(entries 'select(.act == "export-done") | .facts.job')" = "$job" ]
    # As docs/formats/custody.md gives them, with stock tools.
    key=$(base64 -d store/private/store.key | xxd -p -c 64)
    mac() { printf '%s' "$1" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -r | cut -d' ' -f1; }
    [ "$(mac '{"batch":"","id":"row-1"}')" = "$job" ]
    [ "$(mac '{"argument":[],"options":{"camera":["wisbech-12"],"case":["C1"],"from":["2021-12-05 21:10:01"],"out":["out"],"to":["2021-12-05 21:10:04"]},"verb":"export"}')" \
        = "$(entries 'select(.act == "export-begun") | .facts.row')" ]
    # Who has the digest alone cannot try out what the row might have been.
    [ "$(printf '%s' '{"batch":"","id":"row-1"}' | sha256sum | cut -d' ' -f1)" != "$job" ]
}

# ---- cut off ----

@test "killed again and again, a batch ends with the same result as one that was not" {
    ready
    jobs 20 >jobs.csv
    cp -a store fresh
    expect 1 batch jobs.csv --json
    [ "$(sum 'done')" = 18 ]
    [ "$(sum failed)" = 2 ]
    whole 18
    masters >masters.whole
    rm -rf out/*
    mv store uncut
    mv fresh store
    kills=0 ended=137
    while [ $ended = 137 ]; do
        "$EXHIBIT" batch jobs.csv --json </dev/null >killed.$kills 2>&1 &
        pid=$!
        until_true eval "has_ended $((2 + 4 * kills)) killed.$kills || gone $pid"
        children=
        [ $((kills % 2)) = 1 ] || children=$(rows "$pid") || true
        # shellcheck disable=SC2086  # the rows' processes too, or only the batch
        kill -9 $pid $children 2>/dev/null || true
        ended=0
        wait $pid || ended=$?
        [ $ended != 137 ] || kills=$((kills + 1))
    done 2>/dev/null                                         # bash tells of each death
    [ $ended = 1 ]
    [ $kills -ge 2 ]
    expect 1 batch jobs.csv --json
    [ "$(sum 'done')" = 0 ]
    [ "$(sum before)" = 18 ]
    [ "$(sum failed)" = 2 ]
    whole 18
    masters | diff - masters.whole
    # What was in the making when it was cut off is accounted for.
    [ "$(entries 'select(.act == "export-begun") | .exhibit' | wc -l)" = \
        "$(entries 'select(.act | test("export-(done|failed|abandoned)")) | .exhibit' | wc -l)" ]
    [ "$(count_acts export-nothing)" = 1 ]
    echo "# killed $kills times; $(count_acts export-failed) failed, $(count_acts export-abandoned) abandoned" >&3
}

@test "the rows' processes stop when the batch is killed" {
    ready
    jobs 4 >jobs.csv
    "$EXHIBIT" batch jobs.csv --jobs 4 </dev/null >/dev/null 2>&1 &
    pid=$!
    # Each is held up as it begins, and until the batch is dead, so that none can end by itself.
    hold_four() { rows $pid >children && xargs kill -STOP <children && [ "$(wc -l <children)" = 4 ]; }
    until_true hold_four
    kill -9 $pid
    ended=0
    wait $pid || ended=$?
    [ $ended = 137 ]
    xargs kill -CONT <children
    while read -r child; do until_true gone "$child"; done <children
    [ -z "$(find out -name '*.zip')" ]
    expect 0 batch jobs.csv
    whole 4
}

@test "interrupted, it stops its rows, keeps what is done, says so, and ends with 130" {
    ready
    jobs 20 >jobs.csv
    for signal in INT TERM; do
        # Not from the background, where a shell has INT ignored.
        python3 - "$signal" <<'END'
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
batch = subprocess.Popen([os.environ["EXHIBIT"], "batch", "jobs.csv", "--json"], stdin=subprocess.DEVNULL, stdout=open("said", "w"), stderr=open("words", "w"))
while '"type":"finished"' not in open("said").read():
    if batch.poll() is not None:
        sys.exit("ended before a row did")
    time.sleep(0.02)
batch.send_signal(getattr(signal, "SIG" + sys.argv[1]))
ended = batch.wait()
sys.exit(0 if ended == -getattr(signal, "SIG" + sys.argv[1]) else 1)
END
        output=$(<said)
        json_lines
        [ "$(($(sum 'done') + $(sum before)))" -ge 1 ]
        [ "$(sum not_begun)" -gt 0 ]
        [ "$(($(sum 'done') + $(sum before) + $(sum failed) + $(sum stopped) + $(sum not_begun)))" = 20 ]
        grep -q 'interrupted; .* rows are done, and what they made is kept' words
    done
    expect 1 batch jobs.csv --json
    [ "$(($(sum 'done') + $(sum before)))" = 18 ]
    whole 18
}

@test "interrupted, it asks the rows that run to stop" {
    ready
    jobs 3 >jobs.csv
    "$EXHIBIT" batch jobs.csv --jobs 1 --json </dev/null >said 2>/dev/null &
    pid=$!
    # The row is held up until the batch was told, so that it cannot end by itself.
    hold_row $pid
    kill -TERM $pid
    sleep 0.5
    kill -CONT $row
    ended=0
    wait $pid || ended=$?
    [ $ended = 143 ]
    output=$(<said)
    [ "$(finished '[.outcome, .status]')" = '["stopped",143]' ]
    [ "$(sum stopped)" = 1 ]
    [ "$(sum not_begun)" = 2 ]
    expect 0 batch jobs.csv
    whole 3
}

@test "interrupted while a row waits for the store, it waits no longer" {
    ready
    jobs 1 >jobs.csv
    cp -a store fresh
    # A row that has the lock of the store already when it is stopped would keep it: then once more from the beginning.
    stopped_without_lock() {
        rm -rf store
        cp -a fresh store
        "$EXHIBIT" batch jobs.csv --json </dev/null >said 2>/dev/null &
        pid=$!
        hold_row $pid
        exec 8<>store/lock
        ! flock -n 8 || return 0
        exec 8>&-
        kill -KILL $row $pid
        wait $pid || [ $? = 137 ] || echo "the batch ended by itself"
        return 1
    }
    until_true stopped_without_lock
    kill -CONT $row
    until_true eval '[ -z "$(pgrep -P $pid)" ]'              # it found the store busy
    kill -TERM $pid
    until_true gone $pid
    output=$(<said)
    [ "$(finished '[.outcome, .status]')" = '["stopped",6]' ]
    exec 8>&-
    expect 0 batch jobs.csv
    whole 1
}

@test "a row has no terminal, nothing to read, and no descriptor of the batch" {
    ready
    cat >look.py <<'END'
import os, signal, subprocess, sys

def row_of(batch):
    """Its row, stopped; None where that had ended already."""
    while batch.poll() is None:
        for row in subprocess.run(["pgrep", "-P", str(batch.pid), "-f", "--", "--job="], capture_output=True, text=True).stdout.split():
            os.kill(int(row), signal.SIGSTOP)
            return int(row)

def look(row):
    links = {int(fd): os.readlink(f"/proc/{row}/fd/{fd}") for fd in os.listdir(f"/proc/{row}/fd")}
    return links[0], os.getsid(row) == row, os.getsid(row) == os.getsid(0), any("leaked" in name for name in links.values())

for attempt in range(20):
    with open("jobs.csv", "w") as jobs:
        jobs.write(f"id,case,camera,from,to,out\n{attempt},C1,wisbech-12,2021-12-05 21:10:05,2021-12-05 21:10:15,out\n")
    batch = subprocess.Popen([os.environ["EXHIBIT"], "batch", "jobs.csv"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[9])
    row = None
    try:
        row = row_of(batch)
        if row:
            print(*look(row))
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        row = None
    finally:
        if row:
            os.kill(row, signal.SIGCONT)
    status = batch.wait()
    if row:
        sys.exit(status)
sys.exit("none of its rows was seen")
END
    echo x >leaked
    run python3 look.py 9<leaked
    [ "$output" = '/dev/null True False False' ] || { echo "$output"; return 1; }
    [ "$status" = 0 ]
}

@test "a row whose process is killed fails by itself, and the next run does it" {
    ready
    jobs 6 >jobs.csv
    "$EXHIBIT" batch jobs.csv --jobs 1 --json </dev/null >said 2>/dev/null &
    pid=$!
    until_true eval 'row=$(rows $pid) && kill -9 $row'
    ended=0
    wait $pid || ended=$?
    [ $ended = 1 ]
    output=$(<said)
    [ "$(finished '.status' | sort -u | tr '\n' ' ')" = '0 137 ' ]
    [ "$(sum failed)" = 1 ]
    expect 0 batch jobs.csv --json
    [ "$(($(sum 'done') + $(sum before)))" = 6 ]
    whole 6
}

@test "two batches of the same file at once do each row once" {
    ready
    jobs 9 >jobs.csv
    "$EXHIBIT" batch jobs.csv --json </dev/null >one 2>&1 &
    "$EXHIBIT" batch jobs.csv --json </dev/null >two 2>&1 &
    wait
    whole 9
    both_did 9
    [ "$(cat one two | jq -s 'map(select(.type == "finished" and .outcome == "done")) | length')" = 9 ]
}

@test "a full disk fails its rows, and they are done when there is room" {
    ready
    jobs 4 | sed -E 's/21:10:0([0-9]),out/21:12:0\1,out/' >jobs.csv
    run bash -c 'ulimit -f 512; "$EXHIBIT" batch jobs.csv --json </dev/null >said 2>&1'
    [ "$status" = 1 ]
    output=$(<said)
    [ "$(sum failed)" = 4 ]
    [ "$(finished .status | sort -u)" = 3 ]
    [ "$(find out -name '*.zip' | wc -l)" = 0 ]
    expect 0 batch jobs.csv --json
    [ "$(($(sum 'done') + $(sum before)))" = 4 ]
    whole 4
}

# ---- as it was asked to ----

@test "it goes on after a row that fails, or begins no more where that is wanted" {
    ready
    { jobs 2; echo 'bad,C1,nowhere,x,y,out'; jobs 9 | tail -n 4; } >jobs.csv
    expect 1 batch jobs.csv --stop-on-error --jobs 1 --json
    [ "$(sum 'done')" = 2 ]
    [ "$(sum failed)" = 1 ]
    [ "$(sum not_begun)" = 4 ]
    expect 1 batch jobs.csv --jobs 1 --json
    [ "$(sum 'done')" = 4 ]
    [ "$(sum before)" = 2 ]
    expect 1 batch jobs.csv --stop-on-error --keep-going --jobs 1 --json
    [ "$(sum before)" = 6 ]
}

@test "a dry run says what would be made, and makes nothing" {
    ready
    jobs 10 >jobs.csv
    before=$(head_of_log)
    expect 1 batch jobs.csv --dry-run --json
    json_lines
    [ "$(sum 'done')" = 9 ]
    [ "$(sum dry_run)" = true ]
    [ "$(finished 'select(.id == "row-10") | .status')" = 2 ]
    [ "$(head_of_log)" = "$before" ]
    nothing_left
    expect 1 batch jobs.csv --dry-run
    shows '10 rows: 9 would be done, 0 done before, 1 failed'
}

@test "each row is told as JSON lines: started, finished, and a summary; or as a line of text" {
    ready --gap 3
    cat >jobs.csv <<END
$columns
whole,,C1,wisbech-12,$from,$to,out,
gap,extract,C1,wisbech-12,2021-12-05 21:10:50,2021-12-05 21:12:10,,
END
    expect 7 batch jobs.csv --jobs 1 --json
    json_lines
    [ "$(jq -r 'select(.type != "progress") | "\(.type) \(.id)"' <<<"$output" | tr '\n' ',')" = 'started whole,finished whole,started gap,finished gap,summary null,' ]
    [ "$(finished 'select(.id == "gap") | [.status, .line, .verb, .outcome]')" = '[7,3,"extract","done"]' ]
    finished 'select(.id == "gap") | .findings' | jq -e 'length > 0 and (.[0] | has("code") and has("text"))' >/dev/null
    [ "$(finished 'select(.id == "whole") | .result.package')" = '"out/OP1_wisbech-12_20211205T211005Z.zip"' ]
    [ "$(finished '.result | has("record")' | sort -u)" = false ]
    [ -z "$stderr" ]
    expect 7 batch jobs.csv
    [ "$(sed -n 1p <<<"$output" | tr -s ' ')" = 'before whole OP1' ]
    [ "$(sed -n 2p <<<"$output" | tr -s ' ')" = 'before gap OP2 (with findings)' ]
    [ "$(sed -n 3p <<<"$output")" = '2 rows: 0 done, 2 done before (1 of them with findings), 0 failed' ]
}

@test "nobody is asked for a passphrase, and one that is given is used for every row" {
    ready
    jobs 3 >jobs.csv
    secret_file word 'correct horse'
    exhibit key new --name 'Person LK' --initials LK --role operator --out lk.key --passphrase-file word --quiet >/dev/null
    exhibit key trust lk.pub --name 'Person LK' --initials LK --role operator >/dev/null
    export EXHIBIT_KEY=$PWD/lk.key
    expect 5 batch jobs.csv
    sentence 'needs a passphrase' '--passphrase-file'
    if command -v script >/dev/null; then
        ended=0
        timeout 20 script -qec "'$EXHIBIT' batch jobs.csv" /dev/null </dev/null >said 2>&1 || ended=$?
        [ $ended = 5 ]
        grep -q 'nobody is asked' said
    fi
    expect 0 batch jobs.csv --passphrase-file word --json
    [ "$(sum 'done')" = 3 ]
    run --separate-stderr "$EXHIBIT" batch jobs.csv --name again --passphrase-fd 9 --json 9<word </dev/null
    [ "$status" = 0 ]
    [ "$(sum 'done')" = 3 ]
    secret_file wrong 'wrong'
    expect 5 batch jobs.csv --name third --passphrase-file wrong
}

@test "who may not do a row, and what cannot be meant, is refused" {
    ready
    jobs 2 >jobs.csv
    expect 2 batch
    expect 2 batch jobs.csv other.csv
    expect 2 batch jobs.csv --jobs 0
    expect 2 batch jobs.csv --jobs 65
    expect 2 batch jobs.csv --name ''
    make_key stranger ST operator
    EXHIBIT_KEY=$PWD/stranger.key expect 5 batch jobs.csv
    make_key aud AU auditor
    exhibit key trust aud.pub --name 'Person AU' --initials AU --role auditor >/dev/null
    EXHIBIT_KEY=$PWD/aud.key expect 1 batch jobs.csv --json
    [ "$(finished .status | sort -u)" = 5 ]
    nothing_left
    # The store's lock is held by another.
    exec 8<>store/lock
    flock 8
    expect 6 batch jobs.csv
}

# ---- the whole job ----

@test "1,000 rows over 83 cameras, one failing in ten, a kill in the middle: the result of a run without it" {
    [ -n "${EXHIBIT_LONG:-}" ] || skip 'takes minutes: set EXHIBIT_LONG'
    ready
    { echo 'id,source,path,name,town'; for n in $(seq 83); do echo "cam-$n,nvr,cam-$n,Camera $n,Wisbech"; done; } >cameras.csv
    for n in $(seq 83); do cp -al recordings/wisbech-12 recordings/cam-"$n"; done
    expect 0 camera import cameras.csv
    for n in $(seq 83); do check_clock 2021-12-05T21:00:00Z cam-"$n"; done
    jobs 1000 | awk -F, -v OFS=, 'NR > 1 && $3 != "nowhere" { $3 = "cam-" (NR % 83 + 1) } { print }' >jobs.csv
    cp -a store fresh
    begun=$EPOCHSECONDS
    expect 1 batch jobs.csv --json
    echo "# 1,000 rows: $((EPOCHSECONDS - begun)) s" >&3
    [ "$(sum 'done')" = 900 ]
    [ "$(sum failed)" = 100 ]
    whole 900
    masters >masters.whole
    chmod -R u+w store out
    rm -rf store out/*
    mv fresh store
    "$EXHIBIT" batch jobs.csv --json </dev/null >killed 2>&1 &
    pid=$!
    while kill -0 $pid && ! has_ended 500 killed; do sleep 0.2; done
    kill -9 $pid
    ended=0
    wait $pid || ended=$?
    [ $ended = 137 ]
    expect 1 batch jobs.csv --json
    echo "# killed after $(grep -c '"type":"finished"' killed) rows; the next run did $(sum 'done'), found $(sum before) done" >&3
    [ "$(($(sum 'done') + $(sum before)))" = 900 ]
    [ "$(sum before)" -ge 400 ]
    [ "$(sum failed)" = 100 ]
    whole 900
    masters | diff - masters.whole
    [ "$(count_acts export-nothing)" = 50 ]
    before=$(head_of_log)
    expect 1 batch jobs.csv --json
    [ "$(sum before)" = 900 ]
    [ "$(head_of_log)" = "$before" ]
}
