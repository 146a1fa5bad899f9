//! "Did you mean …": the names most similar to an unknown one.

/// The number of names that a message suggests.
const SUGGESTED: usize = 3;
/// The likeness of similar names, from 0 to 1.
const NEAR: f64 = 0.6;

/// Whether a name is similar to an unknown one.
#[cfg(feature = "bus")]
pub(crate) fn is_near(unknown: &str, name: &str) -> bool {
    likeness(shortened(unknown), name) > NEAR
}

fn likeness(unknown: &str, name: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(unknown, name)
}

/// The distance costs the product of both lengths, and the unknown name may have any length.
fn shortened(unknown: &str) -> &str {
    unknown.char_indices().nth(200).map_or(unknown, |(end, _)| &unknown[..end])
}

/// `, did you mean …?`, or an empty text if no name is similar.
pub(crate) fn nearest<'a>(unknown: &str, names: impl Iterator<Item = &'a str>) -> String {
    let unknown = shortened(unknown);
    let mut near: Vec<(f64, &str)> =
        names.map(|name| (likeness(unknown, name), name)).filter(|(likeness, _)| *likeness > NEAR).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let names: Vec<String> = near.iter().take(SUGGESTED).map(|(_, name)| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(", did you mean {}?", names.join(" or ")),
    }
}
