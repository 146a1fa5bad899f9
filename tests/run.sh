#!/usr/bin/env bash
# Runs all tests, and installs what they need where it is missing. Ends with a line `N passed, N failed`.
#
#   tests/run.sh                 everything
#   tests/run.sh --test signal   arguments go to `cargo test`
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Installs packages of Debian for a program that is missing: `install PROGRAM PACKAGE…`.
install() {
    local program=$1 sudo
    sudo=$(command -v sudo || true)
    if ! { $sudo apt-get update -qq && $sudo apt-get install -y -qq "${@:2}"; }; then
        echo "$program is missing and could not be installed: tests that need it will be skipped, or fail with CI=true"
        return 1
    fi
}

# The tests compare with a real Python. Debian's will do.
if ! command -v python3 >/dev/null; then
    install python3 python3
fi

# The bus is tested on real servers, which the tests start themselves. Debian's package starts one more, as a service.
if ! command -v redis-server >/dev/null; then
    if install redis-server redis-server; then
        $(command -v sudo) service redis-server stop >/dev/null 2>&1 || true
    fi
fi

# The page of the catalog is tested in a browser. Debian has its driver in a package of its own.
if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    install chromium chromium chromium-driver
fi

# tests/interop talks to upstream's own package, in a virtual environment that stays in the target directory.
if target=$(cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])'); then
    export OPENEDX_EVENTS_INTEROP_VENV="$target/interop-venv"
    tests/interop/venv.sh "$OPENEDX_EVENTS_INTEROP_VENV" || {
        echo "upstream's package could not be installed: tests that need it will be skipped, or fail with CI=true"
        # Left half made, it would be taken for a whole one.
        rm -rf "$OPENEDX_EVENTS_INTEROP_VENV"
    }
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

cargo test --workspace --no-fail-fast "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

# The sum of what the test binaries print. A run that did not get as far as its tests counts as a failure.
awk -v status="$status" '
    /^test result:/ { passed += $4; failed += $6 }
    END {
        if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0
    }' "$log"
