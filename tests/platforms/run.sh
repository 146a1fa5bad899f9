#!/usr/bin/env bash
# Runs one program on the platforms, profiles and runtimes that docs/compatibility.md names, and compiles it for those that
# cannot run here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

CARGO_TARGET_DIR=$(cd ../.. && cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/platforms
# Nobody debugs it.
export CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=false

# The versions of the workspace; those of the runtimes are added.
cp ../../Cargo.lock .

installed() {
    command -v "$1" >/dev/null && return
    sudo=$(command -v sudo || true)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq "$2"
}

rustup -q target add x86_64-unknown-linux-musl wasm32-wasip1 wasm32-unknown-unknown x86_64-pc-windows-gnu aarch64-apple-darwin
# SQLite and the cryptography of TLS are C.
installed musl-gcc musl-tools
installed node nodejs

echo "- without a runtime"
cargo run -q
for runtime in smol async-std; do
    echo "- on $runtime"
    cargo run -q --features "$runtime"
done
echo "- with panic = \"abort\", opt-level = \"z\" and LTO"
cargo run -q --profile small
echo "- linked statically with musl, with the event bus"
cargo run -q --target x86_64-unknown-linux-musl --features bus
echo "- WebAssembly with WASI, run by Node"
cargo build -q --target wasm32-wasip1
node --no-warnings wasi.mjs "$CARGO_TARGET_DIR/wasm32-wasip1/debug/platforms.wasm"

# Without a C compiler of these platforms: SQLite and Redis need one.
for target in "wasm32-unknown-unknown catalog writer-schema tokio" "x86_64-pc-windows-gnu bus cli" "aarch64-apple-darwin bus cli"; do
    read -r target features <<<"$target"
    cargo check -q --target "$target" --manifest-path ../../openedx-events/Cargo.toml --features "${features// /,}"
    echo "- compiles for $target${features:+, with ${features// / and }}"
done
