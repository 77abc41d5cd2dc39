#!/usr/bin/env bats
# The JSON Schema of the record of a copy describes what the program writes, and takes nothing else.
load common
load schema

schema=$EXHIBIT_TOP/docs/formats/copy.schema.json

@test "the schema is one, and describes each member" {
    validator
    described
}

@test "the records of copies of every kind are of the schema" {
    validator
    ready --gap 3 --audio
    expect 7 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10:50' --to '2021-12-05 21:12:10'
    expect 7 transcode OP1 --burn-in
    expect 7 transcode OP1 --speed 4 --from +1s --to +5s
    expect 0 transcode OP1 --exact --from +1s --to +2s --reason 'for the officer'
    expect 7 redact OP1 --reason x --mask 1,1,5,5 --mute all
    expect 0 still OP1 --at +5s
    expect 7 still OP1 --sheet 3x2
    expect 7 extract --case C1 --camera wisbech-12 --from '2021-12-05 21:10:50' --to '2021-12-05 21:12:10'
    expect 7 transcode OP1 --grid OP2
    expect 0 add "$(segment 21-10)" --case C1 --from 'J. Smith' --received '2021-12-06 10:15'
    expect 0 transcode OP3 --from +1s --to +2s
    expect 0 still OP3 --at +1s
    for record in store/exhibits/*_*/record/exhibit.json; do
        valid "$record" || { echo "of $record"; return 1; }
    done
}

@test "a record with any member removed, added, or of another type is not of the schema" {
    validator
    mastered
    expect 0 transcode OP1 --from +1s --to +2s
    expect 0 still OP1 --at +5s
    for record in store/exhibits/*_*/record/exhibit.json; do
        "$python" - "$schema" "$record" <<'END'
import copy, json, sys
from jsonschema import Draft202012Validator
schema, record = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
validator = Draft202012Validator(schema)
wrong = {str: 5, int: "5", bool: "true", type(None): [5], list: {}, dict: []}
free = {("conversion", "job"), ("conversion", "facts")}       # of forms of their own
may_lack = {("camera",), ("clock", "asked_shown")}
taken, tried = [], 0

def places(value, path=()):
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield from places(child, path + (key,))

for path, value in list(places(record)):
    names = tuple(key for key in path if isinstance(key, str))
    if not path or (names[:2] in free and len(names) > 2):
        continue
    for what in ("type", "removed", "added"):
        whole = copy.deepcopy(record)
        at = whole
        for key in path[:-1]:
            at = at[key]
        if what == "type":
            at[path[-1]] = wrong[type(value)]
        elif what == "removed" and isinstance(path[-1], str) and names not in may_lack:
            del at[path[-1]]
        elif what == "added" and isinstance(value, dict) and names not in free and names != ("clock",):
            at[path[-1]]["unheard-of"] = 1
        else:
            continue
        tried += 1
        if validator.is_valid(whole):
            taken.append((what, path))
print(tried, "changes tried; taken all the same:", taken)
sys.exit(bool(taken) or tried < 100)
END
    done
}
