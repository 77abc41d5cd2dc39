#!/usr/bin/env bats
# --json: one object a line on standard output, and nothing else there, whatever happens.
# shellcheck disable=SC2030,SC2031  # each test is a shell of its own
load common

@test "each command's lines are JSON" {
    make_footage recordings
    expect 0 key new --name 'Person OP' --initials OP --role admin --out op.key --no-passphrase --json
    json_lines
    expect 0 init store --organisation 'Fenland & Peterborough CCTV' --zone Europe/London --json
    json_lines
    without_requests
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

# ---- paths that are not UTF-8: their bytes, in base64 (docs/schema/README.md) ----

bad=$'caf\xe9'
# in_bytes MEMBER PATH: of each line that has it, in the place of the path
in_bytes() {
    local found
    json_lines
    found=$(jq -r "[.. | objects | select(has(\"$1\")) | .$1] | unique | .[]" <<<"$output" | sort -u)
    [ "$found" = "$(printf %s "$2" | base64 -w0)" ] || { printf 'no %s of %q:\n%s\n' "$1" "$2" "$output"; return 1; }
}
# absent MEMBER...: none of them is there beside its bytes
absent() {
    local name
    for name in "$@"; do
        jq -e "has(\"$name\") | not" <<<"$output" >/dev/null || { printf '%s is there:\n%s\n' "$name" "$output"; return 1; }
    done
}

@test "what is written to a path that is not UTF-8 is told by its bytes" {
    mkdir "$bad"
    expect 0 key new --name 'Person OP' --initials OP --role admin --out "$bad/op.key" --no-passphrase --json
    in_bytes secret_file_b64 "$bad/op.key"
    in_bytes ssh_file_b64 "$bad/op.ssh.pub"
    in_bytes minisign_file_b64 "$bad/op.pub"
    absent secret_file ssh_file minisign_file
    export EXHIBIT_KEY=$PWD/$bad/op.key EXHIBIT_STORE=$PWD/$bad/store
    expect 0 init "$bad/store" --organisation Council --zone UTC --json
    in_bytes path_b64 "$bad/store"
    absent path
    expect 0 config check --json
    in_bytes store_b64 "$EXHIBIT_STORE"
    expect 0 key export --format age --out "$bad/age" --json
    in_bytes path_b64 "$bad/age"
    absent file
    expect 0 log checkpoint --out "$bad/checkpoint" --json
    in_bytes path_b64 "$bad/checkpoint"
    expect 0 log prove --from 0 --out "$bad/request" --json
    in_bytes path_b64 "$bad/request"
    expect 0 log stamp --request "$bad/stamp.tsq" --json
    in_bytes to_b64 "$bad/stamp.tsq"
    expect 0 log verify --against "$bad/checkpoint" --json
    in_bytes path_b64 "$bad/checkpoint"
    expect 0 log remote add mirror "$PWD/$bad/mirror.git" --json
    in_bytes url_b64 "$PWD/$bad/mirror.git"
    expect 3 log push --json
    in_bytes url_b64 "$PWD/$bad/mirror.git"
    expect 0 config set media.font "/fonts/$bad" --json
    in_bytes value_b64 "/fonts/$bad"
}

@test "so are sources, cameras and packages, and what is found of them" {
    ready
    mkdir "$bad"
    cp -r recordings/wisbech-12 "recordings/$bad"
    mv recordings "rec$bad"
    ln -s "rec$bad" recordings
    expect 0 source add other --root "rec$bad" --layout mediamtx --zone UTC --json
    in_bytes root_b64 "$PWD/rec$bad"
    absent root
    expect 0 camera add bad --source other --path "$bad" --name 'Café' --json
    in_bytes path_b64 "$bad"
    [ "$(jq -r .name <<<"$output")" = Café ]
    rm -f store/private/index*
    expect 0 camera list --json
    in_bytes path_b64 "$bad"
    expect 7 extract --case C1 --camera bad "${window[@]:2}" --json
    json_lines
    [ "$(jq -r .record.camera.path <<<"$output")" = 'caf\xe9' ]
    expect 0 export --case C1 "${window[@]}" --out "$bad" --json
    package=$(echo "$bad"/OP2_*.zip)
    in_bytes package_b64 "$package"
    absent package
    expect 0 seal OP2 --out "$bad" --json
    in_bytes path_b64 "$(echo "$bad"/*_C1-P1.zip)"
    expect 0 seal OP2 --out "$bad" --recipient "$(exhibit key export --format age)" --quiet
    mv "$package" "$bad/$bad.zip"
    expect 0 verify "$bad/$bad.zip" --extract-to "$bad" --json
    in_bytes path_b64 "$bad/$bad.zip"
    [ "$(jq -r .written_b64 <<<"$output" | base64 -d | head -c 5 | cat -v)" = "$(printf '%s/' "$bad" | cat -v)" ]
    absent subject written
    mkdir "un$bad"
    expect 0 unseal "$bad"/*.age --identity store/private/recovery.age-identity --out "un$bad" --json
    in_bytes path_b64 "$(echo "$bad"/*.age)"
    absent subject written
    expect 3 verify "$bad/nowhere.zip" --json
    json_lines
    cp -r store/exhibits/OP2 folder
    echo x >"folder/data/$bad"
    expect 1 verify --bag folder --json
    in_bytes path_b64 "data/$bad"
    expect 1 verify folder --json
    json_lines
    [ "$(jq -r '.files[] | select(.ok | not) | .name' <<<"$output")" = 'data/caf\xe9' ]
    touch "store/exhibits/$bad"
    expect 7 doctor --dry-run --json
    in_bytes name_b64 "exhibits/$bad"
    expect 7 verify --store store --json
    in_bytes item_b64 "exhibits/$bad"
    in_bytes path_b64 "exhibits/$bad"
}

@test "so are files that are signed; records show their names with \\xNN, rows of a batch are UTF-8" {
    ready
    mkdir "$bad"
    echo words >"$bad/$bad.txt"
    expect 0 sign "$bad/$bad.txt" --json
    in_bytes path_b64 "$bad/$bad.txt"
    in_bytes signature_ssh_b64 "$bad/$bad.txt.sig"
    in_bytes signature_minisign_b64 "$bad/$bad.txt.minisig"
    absent subject signature_ssh signature_minisign
    expect 0 verify "$bad/$bad.txt" --json
    in_bytes path_b64 "$bad/$bad.txt"
    [ "$(jq -r .signature_b64 <<<"$output" | sort)" = "$(for end in sig minisig; do printf %s "$bad/$bad.txt.$end" | base64 -w0; echo; done | sort)" ]
    expect 7 add "$bad/$bad.txt" --case C1 --from bench --received '2021-12-06 10:15' --json
    json_lines
    [ "$(jq -r '.record.parts[0].original' <<<"$output")" = 'caf\xe9.txt' ]
    printf 'id,case,camera,from,to,out\na,C1,wisbech-12,2021-12-05 21:10:05,2021-12-05 21:10:09,out\n' >"$bad.csv"
    expect 0 batch "$bad.csv" --json
    json_lines
    printf 'id,case,camera,from,to,out\na,C1,wisbech-12,2021-12-05 21:10:05,2021-12-05 21:10:09,%s\n' "$bad" >"$bad.csv"
    expect 4 batch "$bad.csv" --json
    json_lines
}
