//! What `unwrap`, `expect` and `fn main() -> Result<…>` print of the errors of the library: words.

mod examples;
mod sources;

use std::collections::BTreeSet;

use self::examples::EXAMPLES;

#[test]
fn the_debug_of_every_error_reads_like_its_display_with_the_sources() {
    for example in &*EXAMPLES {
        let name = example.name;
        assert_eq!(example.debug, example.words, "{name}");
        assert_eq!(example.pretty, example.words, "{name}");
        assert!(!example.debug.contains(name), "the name of the type is no word: {}", example.debug);
    }
}

#[test]
fn there_is_an_example_of_every_public_error() {
    let known: BTreeSet<_> = EXAMPLES.iter().map(|example| example.name.to_owned()).collect();
    assert_eq!(known, sources::public_errors());
}
