//! Escaping in the keys of asides.

use super::error::Problem;

/// Reverses the escaping of `aside-usage-v1`: `::` as `$::` and `$` as `$$`, from left to right. No other spelling is
/// accepted.
pub(super) fn unescape_v1(escaped: &str) -> Result<String, Problem> {
    let text = escaped.replace("$::", "::").replace("$$", "$");
    // A text that was escaped differently is not reproduced when it is escaped again.
    if escape_v1(&text) == escaped { Ok(text) } else { Err(Problem::Escape) }
}

pub(super) fn escape_v1(text: &str) -> String {
    text.replace('$', "$$").replace("::", "$::")
}

/// How often a text was escaped as in `aside-usage-v2`: `:` as `$:` and `$` as `$$`.
///
/// An aside of an aside of … escapes its innermost key once per level, which doubles the `$` each time: escaped `n` times, a
/// `$` becomes 2ⁿ of them, and a `:` has 2ⁿ − 1 before it. So one pass that counts `$` reads any depth, and the depth is
/// logarithmic in the length of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Depth(u32);

impl Depth {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ONCE: Self = Self(1);

    pub(super) fn deeper(self) -> Self {
        Self(self.0 + 1)
    }

    pub(super) fn shallower(self) -> Self {
        Self(self.0 - 1)
    }

    /// The number of `$` before a `:`.
    pub(super) fn before_colon(self) -> usize {
        self.dollar() - 1
    }

    /// The number of `$` that represent one. A text reaches a depth only with that many, so the number fits into a `usize`.
    /// One level deeper it may not fit, but then no text is that long.
    fn dollar(self) -> usize {
        1_usize.checked_shl(self.0).unwrap_or(usize::MAX)
    }

    /// Reverses the escaping. No other spelling is accepted.
    pub(super) fn unescape(self, escaped: &str) -> Result<String, Problem> {
        let mut text = String::with_capacity(escaped.len());
        self.read(escaped, |plain, dollars, colon| {
            text.push_str(plain);
            text.extend(std::iter::repeat_n('$', dollars));
            text.push_str(colon);
        })?;
        Ok(text)
    }

    /// Checks that some text is escaped like this.
    pub(super) fn check(self, escaped: &str) -> Result<(), Problem> {
        self.read(escaped, |_, _, _| ())
    }

    /// Calls `take` repeatedly with plain text, the number of `$` after it, and a colon or nothing.
    fn read<'a>(
        self,
        escaped: &'a str,
        mut take: impl FnMut(&'a str, usize, &'a str),
    ) -> Result<(), Problem> {
        let mut rest = escaped;
        while !rest.is_empty() {
            let (plain, special) = rest.split_at(rest.find(['$', ':']).unwrap_or(rest.len()));
            let after = special.trim_start_matches('$');
            let (colon, behind) = after.split_at(usize::from(after.starts_with(':')));
            take(plain, self.unescaped(special.len() - after.len(), !colon.is_empty())?, colon);
            rest = behind;
        }
        Ok(())
    }

    /// The number of `$` that a run of them represents, without those that belong to a `:` after it.
    fn unescaped(self, dollars: usize, is_before_colon: bool) -> Result<usize, Problem> {
        let own = if is_before_colon { dollars.checked_sub(self.before_colon()) } else { Some(dollars) };
        own.filter(|own| own.is_multiple_of(self.dollar()))
            .map(|own| own / self.dollar())
            .ok_or(Problem::Escape)
    }

    pub(super) fn escape(self, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            let dollars = match character {
                ':' => self.before_colon(),
                // One of them is the character itself.
                '$' => self.dollar() - 1,
                _ => 0,
            };
            escaped.extend(std::iter::repeat_n('$', dollars));
            escaped.push(character);
        }
        escaped
    }
}
