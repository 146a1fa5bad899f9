#!/usr/bin/env bash
# Programs that use the bus beside crates which bring a SQLite or a TLS of their own: a program has one of each native library,
# so their versions must go together.
#
# Each is resolved anew, since what is tested is whether the newest versions go together: a release of a neighbour that does
# not is to fail here before a user meets it. The small ones run; of the others it is checked that they compile.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

CARGO_TARGET_DIR=$(cd ../.. && cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/neighbours
export CARGO_TARGET_DIR
# Nobody debugs them.
export CARGO_PROFILE_DEV_DEBUG=false

for manifest in */Cargo.toml; do
    name=$(dirname "$manifest")
    rm -f "$name/Cargo.lock"
    case $name in
    diesel | rusqlite | rustls) run=run ;;
    *) run=check ;;
    esac
    cargo "$run" -q --manifest-path "$manifest"
    version=$(awk '/^name = "rusqlite"/ { getline; print $3 }' "$name/Cargo.lock" | tr -d '"')
    echo "- $name: ${run/check/compiles}${version:+, with rusqlite $version}"
done
