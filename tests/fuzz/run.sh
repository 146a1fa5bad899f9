#!/usr/bin/env bash
# Builds the fuzz targets, and runs each for some seconds from its corpus, as many at a time as there are cores. If one of them
# crashes, its input is printed in hex.
#
#   tests/fuzz/run.sh SECONDS [TARGET…]     all targets if none is named; needs cargo-fuzz
#
# Without a sanitizer: there is no `unsafe` here for it to watch, it takes a nightly compiler with its runtime, and the code is
# slower by half. Overflows and debug assertions panic.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds=$1
shift

# libFuzzer is written in C++.
if ! command -v c++ >/dev/null; then
    sudo=$(command -v sudo || true)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq g++ || {
        echo "a C++ compiler is missing and could not be installed"
        exit 1
    }
fi
target=$(cd ../.. && cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
work=$target/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
# The instrumentation is an unstable option of the compiler.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$target"

cargo fuzz build --fuzz-dir . --sanitizer none --debug-assertions

[ $# -gt 0 ] || set -- $(cd targets && printf '%s\n' *.rs | sed 's/\.rs$//')
rm -rf "$work"
mkdir -p "$work"
python3 corpus.py unpack "$work/corpus"

# Fuzzes one target. New inputs go into a folder of their own, since the packed corpus is changed by hand.
fuzz() {
    local name=$1
    mkdir -p "$work/new/$name" "$work/crashes/$name"
    if "$program/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/crashes/$name/" \
        "$work/new/$name" "$work/corpus/$name" >"$work/$name.log" 2>&1; then
        echo "$name: $(grep -c . <(ls "$work/new/$name")) new inputs, $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$work/$name.log") runs"
        return 0
    fi
    echo "$name: FAILED"
    grep -a -A 1 -E 'panicked at|ERROR: libFuzzer|SUMMARY' "$work/$name.log"
    for crash in "$work/crashes/$name"/*; do
        if [ -e "$crash" ]; then
            echo "The input. When it is mended, add it to the corpus, which the tests replay:"
            echo "  python3 tests/fuzz/corpus.py add $name $(od -An -v -tx1 "$crash" | tr -d ' \n')"
        fi
    done
    return 1
}
export -f fuzz
export work seconds program="$target/$host/release"
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'fuzz {}'
