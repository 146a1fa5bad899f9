#!/usr/bin/env bash
# Runs the tests of the bus in a file with the oldest rusqlite that its range takes. The lock has the newest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

oldest=$(sed -n 's/^rusqlite = { version = ">=\([0-9.]*\),.*/\1/p' Cargo.toml)
kept=$(mktemp)
cp Cargo.lock "$kept"
trap 'cp "$kept" Cargo.lock; rm -f "$kept"' EXIT

cargo update -q -p rusqlite --precise "$oldest"
cargo test -q -p openedx-events-tests --test bus_sqlite
echo "the bus in a file works with rusqlite $oldest"
