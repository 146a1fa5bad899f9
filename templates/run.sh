#!/usr/bin/env bash
# Generates a project of the template, and runs what its README and the one of this folder say: see first_hour.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD

if ! command -v redis-server >/dev/null || ! command -v curl >/dev/null; then
    sudo=$(command -v sudo || true)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq redis-server curl
    $sudo service redis-server stop >/dev/null 2>&1 || true
fi

target=$(cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
# What the workspace was built with, so that its dependencies are not built again.
export CARGO_TARGET_DIR=$target CARGO_PROFILE_DEV_DEBUG=none
# The same compiler, too.
RUSTUP_TOOLCHAIN=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
export RUSTUP_TOOLCHAIN PATH=$target/ci-tools/bin:$PATH

# Outside of the repository, as otherwise Cargo takes the project for a member of its workspace.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/copy" "$folder/generated"
ln -s "$repository" "$folder/copy/openedx-events-rust"
ln -s "$repository" "$folder/generated/openedx-events-rust"

follow() {
    python3 -u "$repository/templates/first_hour.py" "$@"
}

cd "$folder/copy"
follow "$repository/templates/README.md" --only copy
if cargo generate --version >/dev/null 2>&1; then
    (cd "$folder/generated" && follow "$repository/templates/README.md" --only generate)
    diff -r -x .git "$folder/generated/shop" shop
else
    echo "not run, as cargo-generate is not installed: cargo generate"
fi

cd shop
if grep -rn '{{' .; then
    echo "placeholders are left"
    exit 1
fi
cp "$repository/Cargo.lock" .
cargo fmt --check
cargo clippy -q --all-targets -- -D warnings

# Ports of our own. In the generated project they are settings.
read -r redis http < <(python3 -c 'import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in sockets))')
export EVENT_BUS_URL=redis://localhost:$redis ADDRESS=127.0.0.1:$http
follow README.md --replace "6379=$redis" --replace "3000=$http"
