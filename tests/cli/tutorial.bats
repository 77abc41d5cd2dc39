#!/usr/bin/env bats
# The tutorial is what happens: each command of exhibit-tutorial(7), in order, ends and prints as the page says.

load common

@test "every command of exhibit-tutorial(7) does what the page shows" {
    make_footage recordings --gap 3
    cp -r "$EXHIBIT_TOP/policies" .
    mkdir bin
    ln -s "$EXHIBIT" bin/exhibit
    rm -rf out
    unset EXHIBIT_STORE EXHIBIT_KEY
    PATH=$PWD/bin:$PATH run python3 "$BATS_TEST_DIRNAME/tutorial.py" "$EXHIBIT_TOP/docs/man/exhibit-tutorial.7"
    echo "$output"
    [ "$status" = 0 ]
}
