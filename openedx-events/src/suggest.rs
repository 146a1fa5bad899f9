//! "Did you mean …": the names nearest to one that is unknown.

/// How many names a message offers.
const OFFERED: usize = 3;

/// `, did you mean …?`, or nothing if no name is near.
pub(crate) fn nearest<'a>(unknown: &str, names: impl Iterator<Item = &'a str>) -> String {
    // The distance costs the product of both lengths, and a name from outside may be of any length.
    let unknown = unknown.char_indices().nth(200).map_or(unknown, |(end, _)| &unknown[..end]);
    let mut near: Vec<(f64, &str)> = names
        .map(|name| (strsim::normalized_damerau_levenshtein(unknown, name), name))
        .filter(|(likeness, _)| *likeness > 0.6)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let names: Vec<String> = near.iter().take(OFFERED).map(|(_, name)| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(", did you mean {}?", names.join(" or ")),
    }
}
