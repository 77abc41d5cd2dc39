# A package of several exhibits as docs/formats/package.md has it, made of a store's exhibits with stock tools and what `report`
# writes, signed with keys of its own; and the commands that a VERIFY.txt gives, to be run as they stand.
# shellcheck shell=bash disable=SC2016,SC2154

pages_program=${EXHIBIT_OUT:-$(dirname "$EXHIBIT")}/tests/unit/pages

# folder_of REFERENCE: OP1/2 is kept as OP1_2
folder_of() { printf '%s' "${1//\//_}"; }

# sample_entries REFERENCE...: the log's entries about them, as record/custody; leaves a JSON array in custody.json
sample_entries() {
    local commit sequence log=store/custody.git wanted
    wanted=$(printf '%s\n' "$@" | jq -Rn '[inputs]')
    git --git-dir $log log --reverse --format=%H custody | while read -r commit; do
        git --git-dir $log show "$commit:entry.json" >entry.json
        jq -e --argjson wanted "$wanted" '.exhibit as $e | $wanted | index($e)' entry.json >/dev/null || continue
        sequence=$(printf %06d "$(jq .seq entry.json)")
        cp entry.json "sample/record/custody/$sequence.json"
        git --git-dir $log cat-file commit "$commit" >"sample/record/custody/$sequence.commit"
        exhibit log prove --entry "$(jq .seq entry.json)" --out "sample/record/custody/$sequence.tlog-proof" >/dev/null
        jq -c --arg file "record/custody/$sequence.json" --arg digest "$(sha256sum <entry.json | cut -c1-64)" \
            '{sequence: .seq, time, time_local: (.time[0:10] + " " + .time[11:19] + " GMT"), act, verb, actor, initials: "OP", exhibit,
              entry_sha256: $digest, file: $file}' entry.json
    done | jq -cs . >custody.json
    exhibit log checkpoint --out sample/record/checkpoint >/dev/null
    rm -f entry.json
}

# sample_exhibit REFERENCE VOLUME: its files and its own seal; prints its member of "exhibits"
sample_exhibit() {
    local folder volume=$2
    folder=$(folder_of "$1")
    mkdir -p "sample/record/exhibits/$folder"
    cp -a "store/exhibits/$folder/." "sample/record/exhibits/$folder"
    (cd "sample/record/exhibits/$folder" && find data -type f -printf '%s %p\n' | sort -k2 | while read -r size file; do
        jq -cn --arg file "$file" --argjson size "$size" --arg digest "$(sha256sum <"$file" | cut -c1-64)" --argjson volume "$volume" \
            '{file: $file, size: $size, sha256: $digest, volume: $volume}'
    done) | jq -cs . >files.json
    [ "$volume" != 1 ] || cp -a "sample/record/exhibits/$folder/data" sample
    rm -r "sample/record/exhibits/$folder/data"
    jq -c --arg folder "record/exhibits/$folder" --slurpfile files files.json \
        --arg seal "$(sha256sum <"sample/record/exhibits/$folder/tagmanifest-sha256.txt" | cut -c1-64)" \
        '{exhibit, of: (.of[0].exhibit? // null), item, folder: $folder, tagmanifest_sha256: $seal, made: .made.time,
          made_local: (.made.time[0:10] + " " + .made.time[11:19] + " GMT"), signer: .made.by.fingerprint, files: $files[0]}' \
        "sample/record/exhibits/$folder/record/exhibit.json"
}

# sample_pieces: record/pieces-sha256.txt, where a file is larger than 16 MiB
sample_pieces() {
    local piece=$((16 << 20)) offset size length
    (cd sample && find data -type f -size +${piece}c | sort | while read -r file; do
        size=$(stat -c %s "$file")
        for ((offset = 0; offset < size; offset += piece)); do
            length=$((size - offset < piece ? size - offset : piece))
            printf '%s  %s  %s  %s\n' "$(tail -c +$((offset + 1)) "$file" | head -c $length | sha256sum | cut -c1-64)" $offset $length "$file"
        done
    done) >pieces
    [ ! -s pieces ] || cp pieces sample/record/pieces-sha256.txt
}

# sample_package REFERENCE...: ./sample. Those after a word "--" are in volume 2, and their files are not here.
sample_package() {
    local reference volume=1 references=() records=()
    mkdir -p sample/record/{custody,signers} sample/data
    for reference in "$@"; do
        [ "$reference" != -- ] || { volume=2; continue; }
        references+=("$reference")
        records+=("sample/record/exhibits/$(folder_of "$reference")/record/exhibit.json")
        sample_exhibit "$reference" $volume
    done >exhibits.jsonl
    sample_entries "${references[@]}"
    jq -cS --slurpfile exhibits exhibits.jsonl --slurpfile custody custody.json --argjson volumes "$volume" \
        --arg last "$(git --git-dir store/custody.git show custody:entry.json | sha256sum | cut -c1-64)" \
        --arg commit "$(git --git-dir store/custody.git rev-parse custody)" --argjson entries "$(git --git-dir store/custody.git rev-list --count custody)" \
        --arg key "$(exhibit log checkpoint --json | jq -r .key)" \
        '{version: 1, package: "C1-P1", organisation, zone, case, sealed: "2026-11-26T10:00:00Z", sealed_local: "2026-11-26 10:00:00 GMT",
          by: .made.by, program: .made.program, arguments: ["seal"], profile: "plain", volume: 1, volumes: $volumes, exhibits: $exhibits,
          log: {entries: $entries, last_entry_sha256: $last, commit: $commit, key: $key}, custody: $custody[0]}' "${records[0]}" | tr -d '\n' >sample/record/package.json
    sample_pieces
    sample_seal "${records[@]}"
}

# sample_seal RECORD...: the pages, the manifests and both signatures
sample_seal() {
    [ -e seal.key ] || ssh-keygen -q -t ed25519 -N '' -C '' -f seal.key
    [ -e seal.minisign ] || minisign -G -W -p seal.minipub -s seal.minisign >/dev/null
    cp seal.minipub sample/record/signers/OP.pub
    printf 'OP namespaces="exhibit" %s\n' "$(cut -d' ' -f1,2 seal.key.pub)" >sample/record/signers/allowed_signers
    local key=(OP "$(ssh-keygen -lf seal.key.pub | cut -d' ' -f2)" "$(tail -n 1 seal.minipub)")
    "$pages_program" page "${key[@]}" sample/record/package.json "$@" >sample/START-HERE.html
    "$pages_program" text "${key[@]}" sample/record/package.json "$@" >sample/VERIFY.txt
    (
        cd sample || exit
        printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' >bagit.txt
        find data -type f | sort | xargs sha256sum >manifest-sha256.txt
        find . -path ./data -prune -o -type f ! -name 'tagmanifest-sha256.txt*' -printf '%P\n' -o -path './record/exhibits/*' -type f -printf '%P\n' |
            sort | xargs sha256sum >tagmanifest-sha256.txt
        ssh-keygen -q -Y sign -f ../seal.key -n exhibit tagmanifest-sha256.txt 2>/dev/null
        minisign -S -s ../seal.minisign -m tagmanifest-sha256.txt -x tagmanifest-sha256.txt.minisig >/dev/null
    )
}

# ---- the commands of a VERIFY.txt ----

# commands VERIFY.txt: one a line: the title of its section, the command, and what it must say (or nothing), parted by tabs
commands() {
    awk '
        function out() { if (command != "") print title "\t" command "\t" expected; command = expected = "" }
        /^[0-9]+\. / { out(); title = $0; sub(/^[0-9]+\. /, "", title) }
        more || /^     [^ ]/ {
            line = $0
            sub(/^ +/, "", line)
            if (!more) out()
            command = (more ? command " " : "") line
            more = sub(/ *\\$/, "", command)
            next
        }
        /^       expected: / { expected = $2 }
        END { out() }' "$1"
}

# certutil as Windows has it, as far as VERIFY.txt uses it
windows='certutil() { [ "$1 $3" = "-hashfile SHA256" ] && echo "SHA256 hash of $2:" && sha256sum <"${2//\\//}" | cut -c1-64; }'

# run_command TITLE COMMAND EXPECTED FOLDER: as it stands, but that a backslash parts folders for certutil
run_command() {
    local said command=$2
    [[ $command != certutil\ * ]] || command=${command//\\/\\\\}
    if ! said=$(cd "$4" && bash -c "$windows"$'\n'"$command" </dev/null 2>&1) || [[ $said == *FAILED* || $said != *"$3"* ]]; then
        printf 'section: %s\ncommand: %s\nexpected: %s\nsaid: %s\n' "$1" "$2" "$3" "$said"
        return 1
    fi
}

# run_commands PACKAGE RECORDINGS SEALED: every command of its VERIFY.txt, where that says; RECORDINGS are the recorder's, and
# SEALED has a FILE.zip.age with its YOUR-IDENTITY. Leaves their number in $ran.
run_commands() {
    local title command expected place
    ran=0
    while IFS=$'\t' read -r title command expected; do
        case $title in
        *RECORDER*) place=$2 ;;
        *ENCRYPTED*) place=$3 ;;
        *) place=$1 ;;
        esac
        run_command "$title" "$command" "$expected" "$place" || return
        ran=$((ran + 1))
    done < <(commands "$1/VERIFY.txt")
    [ "$ran" -gt 0 ]
}
