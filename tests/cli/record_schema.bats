#!/usr/bin/env bats
# The JSON Schema of the record describes what exports write, and takes nothing else.
load common
load schema

schema=$EXHIBIT_TOP/docs/formats/record.schema.json

# record_of PACKAGE: its record, as record.json
record_of() { unzip -p "$1" record/exhibit.json >record.json; }

@test "the schema is one, and describes each member" {
    validator
    described
}

@test "the record of a clip is of the schema" {
    validator
    ready
    export_it 0
    record_of out/*.zip
    valid record.json
}

@test "so are those with sound, with a gap, of MPEG-TS, of H.265, and of a camera without a town" {
    validator
    for kind in --audio '--gap 3' '--container ts' '--codec hevc'; do
        rm -rf store out recordings op.*
        mkdir out
        # shellcheck disable=SC2086  # options
        make_footage recordings $kind
        make_store
        exhibit source add nvr --root recordings --layout mediamtx --zone UTC
        exhibit camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market Place'
        open_case
        run exhibit export --case C1 --out out --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:30'
        [ "$status" = 0 ] || [ "$status" = 7 ]
        record_of out/*.zip
        valid record.json || { echo "of $kind"; return 1; }
    done
}

@test "so are those of whole files, and of files from elsewhere" {
    validator
    ready
    truncate -s 1000 "$(segment 21-11)"
    expect 7 extract --case C1 "${window[@]}" --mode native
    cp store/exhibits/OP1/record/exhibit.json record.json
    valid record.json
    echo 'no footage' >export.dav
    expect 7 add export.dav --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    cp store/exhibits/OP2/record/exhibit.json record.json
    valid record.json
    expect 0 add "$(segment 21-10)" --case C1 --from 'J. Smith' --received '2021-12-06 10:15' --starts '2021-12-05 21:10' \
        --shown '2021-12-06 10:19' --actual '2021-12-06 10:15' --reference 'speaking clock' --check-method 'both read at once'
    cp store/exhibits/OP3/record/exhibit.json record.json
    valid record.json
}

@test "so is that of footage with a damaged and a foreign file in it" {
    validator
    ready
    truncate -s 5000 "$(segment 21-10)"
    head -c 20000 /dev/urandom >"$(segment 21-11)"
    expect 7 export --case C1 --out out --camera wisbech-12 --from '2021-12-05 21:09:05' --to '2021-12-05 21:12:30'
    record_of out/*.zip
    [ "$(jq '[.segments[] | select(.problem)] | length' record.json)" -gt 0 ]
    valid record.json
}

@test "a record with any member removed, added, or of another type is not of the schema" {
    validator
    ready --gap 3 --audio
    expect 7 export --case C1 --out out --camera wisbech-12 --from '2021-12-05 21:10:05' --to '2021-12-05 21:12:30'
    record_of out/*.zip
    valid record.json
    "$python" - "$schema" record.json <<'END'
import copy, json, sys
from jsonschema import Draft202012Validator
schema, record = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
validator = Draft202012Validator(schema)
wrong = {str: 5, int: "5", bool: "true", type(None): [], list: {}, dict: []}
may_lack = {("parts", "times"), ("parts", "camera_signing"), ("made", "cage")}
tried, taken = 0, []

def places(value, path=()):
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from places(child, path + (key,))

def changed(path, change):
    whole = copy.deepcopy(record)
    at = whole
    for key in path[:-1]:
        at = at[key]
    change(at, path[-1])
    return whole

def attempt(path, what, change):
    global tried
    tried += 1
    if validator.is_valid(changed(path, change)):
        taken.append((what, path))

def put(value):
    def change(at, key):
        at[key] = value
    return change

def remove(at, key):
    del at[key]

for path, value in list(places(record)):
    if not path:
        continue
    names = tuple(key for key in path if isinstance(key, str))
    attempt(path, "another type", put(wrong[type(value)]))
    if isinstance(path[-1], str) and names not in may_lack:
        attempt(path, "removed", remove)
    if isinstance(value, dict) and names != ("clock",):
        attempt(path + ("unheard-of",), "added", put(1))
attempt(("unheard-of",), "added", put(1))
print(tried, "changes tried; taken all the same:", taken)
sys.exit(bool(taken) or tried < 200)
END
}

@test "a record of another mode needs what that mode has" {
    validator
    ready
    export_it 0
    record_of out/*.zip
    cp record.json clip.json
    handover='.handover = {from: "A shop", organisation: null, received: "2021-12-06T09:00:00Z", received_local: "2021-12-06 09:00:00 GMT",
        method: "USB stick", description: null}'
    whole='.parts = [.parts[0] | {file, size, sha256, lead_in_ns, tail_ns, tracks, problem, from, to, from_local, to_local, length_ns}
        | .original = "a.mp4" | .modified = "2021-12-05T21:11:00Z"]'
    while read -r wanted filter; do
        jq -c "$(eval "echo \"$filter\"")" clip.json >record.json
        run valid record.json
        [ "$status" = "$wanted" ] || { printf '%s\n%s\n' "$filter" "$output"; return 1; }
    done <<'END'
0 .mode = \"clip\"
0 .mode = \"native\" | $whole
1 .mode = \"native\"
1 .mode = \"clip\" | $whole
1 .mode = \"copy\"
0 .mode = \"added\" | $whole | $handover | del(.camera, .window, .covered_ns, .complete, .gap_tolerance_ns, .segments, .gaps)
1 .mode = \"added\" | $whole | $handover
1 .mode = \"added\" | $whole | del(.camera, .window, .covered_ns, .complete, .gap_tolerance_ns, .segments, .gaps)
1 .mode = \"native\" | $whole | $handover
0 .mode = \"native\" | $whole | .parts[0] |= (.from = null | .to = null | .from_local = null | .to_local = null | .length_ns = null)
1 .parts[0].from = null
0 .parts[0].times = {file: \"data/master/OP1.vtt\", size: 5, sha256: .parts[0].sha256}
0 .parts[0].times = null
1 .parts[0].times = 5
0 .parts[0].camera_signing = null
0 .parts[0].camera_signing = {scheme: \"onvif\", signatures: 5, unsigned_end_ns: 0}
1 .parts[0].camera_signing = {scheme: \"other\", signatures: 5, unsigned_end_ns: 0}
1 .parts[0].camera_signing = {scheme: \"axis\", signatures: 5}
0 .segments[0].start_from = \"box\" | .segments[1].start_from = \"creation_time\"
0 .segments[0].start_from = \"modified\"
1 .segments[0].start_from = \"guess\"
0 .clock.offset_ns = -15000000000 | .clock.words = \"15 s SLOW\"
1 .clock.offset_ns = \"15\"
1 .made.time = \"2021-13-05T21:11:00Z\"
1 .made.time = \"2021-12-05 21:11:00\"
END
}
