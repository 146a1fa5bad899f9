#!/usr/bin/env bash
# Runs the examples: services are started, used and stopped by SIGTERM. Every wait has a time limit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT

fail() {
    printf 'failed: %s\n%s\n' "$1" "$printed"
    exit 1
}

# One build with the features of the whole workspace, which the tests need as well: `cargo run -p` would build the library
# anew for the features of each example.
cargo build -q --workspace --bins
programs=$(cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug

# Starts an example in the background. `--foreground`: otherwise `timeout` passes SIGTERM on twice, to its child and to its
# process group, and the second one ends a consumer at once.
start() {
    printed=
    exec {output}< <(exec timeout --foreground --kill-after=5 120 "$programs/$1" 2>&1)
    pid=$!
}

# Reads what it prints until each of these texts has appeared.
await() {
    local expected line
    for expected in "$@"; do
        until [[ $printed == *"$expected"* ]]; do
            IFS= read -r -t 60 line <&"$output" || fail "it does not print: $expected"
            printed+=$line$'\n'
        done
    done
}

# Stops it. Its last lines must have these texts, and the exit code must be 0.
stop() {
    kill -TERM "$pid"
    await "$@"
    wait "$pid" || fail "exit code $? after SIGTERM"
    pid=
    exec {output}<&-
}

echo "- axum-service"
export ADDRESS=127.0.0.1:0 DATABASE=$folder/loans.db
loan='{"title": "Emma", "reader": "Ada"}'
serve() {
    start example-axum-service
    await "listening on http://"
    [[ $printed =~ http://[0-9.:]+ ]]
    url=${BASH_REMATCH[0]}/loans
}
# Sends a request, which must be answered with this status: request STATUS METHOD URL [JSON].
request() {
    local status
    status=$(python3 -c '
import sys, urllib.error, urllib.request
method, url, *body = sys.argv[1:]
data = body[0].encode() if body else None
request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
try:
    print(urllib.request.urlopen(request, timeout=30).status)
except urllib.error.HTTPError as error:
    print(error.code)
' "${@:2}")
    [ "$status" = "$1" ] || fail "status $status instead of $1"
}
serve
request 201 POST "$url" "$loan"
request 409 POST "$url" "$loan"
request 202 DELETE "$url/Emma"
stop "published=0"
# The receiver that the last request spawned has finished, and now the events go to a bus as well.
export EVENT_BUS_URL=sqlite:$folder/loans-bus.db
export EVENT_BUS_PRODUCER_CONFIG='{"org.example.library.book.lent.v1": {"loans": {"event_key_field": "loan.title", "enabled": true}}}'
serve
request 201 POST "$url" "$loan"
stop "published=1"
unset EVENT_BUS_PRODUCER_CONFIG

echo "- consumer"
export EVENT_BUS_URL=sqlite:$folder/payments.db
"$programs/example-consumer" publish
start example-consumer
await 'account="ada"' 'account="grace"' 'not a positive amount'
stop
dead_letters=$("$programs/example-consumer" dead-letters)
[[ $dead_letters == *"org.example.bank.payment.requested.v1: not a positive amount" ]] || fail "dead letters: $dead_letters"

echo "- plugin-service"
start example-plugin-service
await 'posted: {' '"course": "course-v1:edX+DemoX+2026"' '1 started, 1 completed'
wait "$pid" || fail "exit code $?"
pid=
