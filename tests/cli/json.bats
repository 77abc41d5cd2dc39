#!/usr/bin/env bats
# --json: one object a line on standard output, and nothing else there, whatever happens.
load common

@test "each command's lines are JSON" {
    make_footage recordings
    expect 0 key new --name 'Person OP' --initials OP --role admin --out op.key --no-passphrase --json
    json_lines
    expect 0 init store --organisation 'Fenland & Peterborough CCTV' --zone Europe/London --json
    json_lines
    expect 0 source add nvr --root recordings --layout mediamtx --zone UTC --json
    json_lines
    expect 0 source list --json
    json_lines
    expect 0 camera add wisbech-12 --source nvr --path wisbech-12 --name 'Market "Place"' --json
    json_lines
    expect 0 camera list --json
    json_lines
    expect 0 camera check-time wisbech-12 --shown 2021-12-05T21:00:00Z --actual 2021-12-05T21:00:00Z --reference NTP --method both --json
    json_lines
    expect 0 camera check-time wisbech-12 --list --json
    json_lines
    expect 0 case open --type arrest --reference police:1 --requested-by police --basis consent --json
    json_lines
    expect 0 case list --json
    json_lines
    expect 0 case show C1 --json
    json_lines
    expect 0 key list --json
    json_lines
    expect 0 footage "${window[@]}" --json
    json_lines
    export_it 0 --dry-run --json
    json_lines
    export_it 0 --json
    json_lines
    expect 0 verify out/*.zip --signers store/allowed_signers --json
    json_lines
    expect 0 log show --json
    json_lines
    expect 0 log verify --json
    json_lines
}

@test "so are its errors, which tell the status" {
    make_store
    expect 2 case show C9 --json
    json_lines
    [ "$(jq -r .status <<<"$output")" = 2 ]
    expect 3 case list --store nowhere --json
    json_lines
    [ "$(jq -r .status <<<"$output")" = 3 ]
}

@test "quiet leaves results on standard output and says nothing else" {
    ready
    export_it 0 --quiet
    shows OP1
    [ -z "$stderr" ]
}
