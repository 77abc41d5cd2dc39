#!/usr/bin/env bats
# Packages attacked with and without keys, in every form: tests/tamper/attacks.py says what, and which codes must come of it.
load common

setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/small/out"
    cd "$BATS_FILE_TMPDIR/small" || return
    export EXHIBIT_STORE=$PWD/store EXHIBIT_KEY=$PWD/op.key
    packages
    unset EXHIBIT_STORE EXHIBIT_KEY
}

setup() {
    cd "$BATS_FILE_TMPDIR/small" || return
    export PYTHONDONTWRITEBYTECODE=1 EXHIBIT EXHIBIT_MATERIAL
}

# packages: two of the same exhibits, the bag of one of them, and lists of signers
packages() {
    ready
    exhibit extract --case C1 "${window[@]}" --quiet >/dev/null
    exhibit still OP1 --at '2021-12-05 21:10:30' --quiet >/dev/null
    head -c 30000 /dev/urandom >till.dav
    exhibit add --case C1 --from 'J. Smith' --received '2021-12-06 10:15' --method 'USB stick' till.dav --quiet >/dev/null || [ $? = 7 ]
    exhibit seal OP1 OP1/1 OP2 --out out --folder --quiet >/dev/null
    sleep 1.1   # the time of sealing is in whole seconds
    exhibit seal OP1 OP1/1 OP2 --out out --folder --quiet >/dev/null
    mv out/C1-P1 one
    mv out/C1-P2 two
    cp -a store/exhibits/OP1 exhibit
    age-keygen -o identity.txt 2>/dev/null
    make_key st ST admin
    lists
}

lists() {
    local line
    line=$(cut -d' ' -f1,2 op.ssh.pub)
    cp store/allowed_signers signers
    echo "ST namespaces=\"exhibit,git\" $(cut -d' ' -f1,2 st.ssh.pub)" >others
    echo "OP namespaces=\"file\" $line" >purpose
    echo "OP valid-before=\"20200101Z\" $line" >expired
    echo "OP valid-after=\"20990101Z\" $line" >not-yet
    echo "OP valid-before=\"$(date -u -d '-1 second' +%Y%m%d%H%M%SZ)\" $line" >later
}

# names: of everything here and above, but for what the attacks themselves leave
names() {
    rm -rf into moved moved-folder to-sign signed ./*.ssh
    find . "$BATS_FILE_TMPDIR" -maxdepth 1 | sort
}

# attacked GROUP: all of it comes out as it must, and nothing is left anywhere
attacked() {
    names >../before
    python3 "$EXHIBIT_TOP/tests/tamper/attacks.py" "$1"
    names | diff ../before -
}

@test "a member changed, lost, renamed or added shows, each with its code" { attacked members; }
@test "parts of another package of the same exhibits show" { attacked swaps; }
@test "a key that is not on the list, not in its time or not for this shows" { attacked keys; }
@test "who rebuilds a package with a key of their own is never verified, and fails where a key is demanded" { attacked forged; }
@test "a package.json that contradicts the package fails, whoever signed it" { attacked package; }
@test "exhibits within a package that contradict it or each other fail, whoever signed it" { attacked contents; }
@test "custody entries that do not hold fail, whoever signed the package" { attacked custody; }
@test "a bag-info.txt or a signed comment that contradicts the package fails, whoever signed it" { attacked info; }
@test "a ZIP of any other form fails, whatever other programs make of it" { attacked zip; }
@test "an age file that is cut, reordered or wraps something else fails" { attacked age; }
@test "links, devices and odd names in a folder fail" { attacked folder; }

@test "archives made to do harm fail, and nothing comes out of them" {
    [ -d "$EXHIBIT_MATERIAL/archives" ] || skip 'the material is not here'
    rm -rf /tmp/evil.txt
    attacked archives
    [ ! -e /tmp/evil.txt ]
}
