//! What the compiler says of each mistake, kept as text beside the mistake.
//!
//! Refresh the texts with `TRYBUILD=overwrite cargo test -p openedx-events-ui`, and read every change.

use trybuild::TestCases;

#[test]
fn what_is_right_compiles() {
    TestCases::new().pass("pass/*.rs");
}

/// Messages of our own.
#[test]
fn mistakes_have_a_message() {
    TestCases::new().compile_fail("fail/*/*.rs");
}

/// Messages that rustc words, some with hints of ours: true of the one compiler in `rust-toolchain.toml`.
#[test]
fn mistakes_that_rustc_finds_have_a_message() {
    TestCases::new().compile_fail("rustc/*/*.rs");
}
