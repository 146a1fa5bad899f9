//! Texts of all kinds.

use super::Random;

/// What goes wrong in texts: controls, line breaks of all kinds, quotes, marks, letters beyond 16 bits, and the pair
/// whose order in UTF-16 is not that of code points.
const PIECES: [&str; 28] = [
    "\0",
    "\n",
    "\r\n",
    "\t",
    "\"",
    "\\",
    "'",
    "/",
    " ",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{1f600}",
    "👩‍💻",
    "e\u{301}",
    "é",
    "ß",
    "Ж",
    "\u{202e}עברית",
    "日本語",
    "null",
    "true",
    "0",
    "a+b@c:d$e%f",
];

/// Lengths at which the encoded length takes a byte more.
const LENGTHS: [usize; 4] = [63, 64, 8191, 8192];

impl Random {
    pub(super) fn text(&mut self) -> String {
        if self.has_nothing() {
            return String::new();
        }
        match self.rng.u8(..8) {
            0..3 => self.word(),
            3 => (0..self.rng.usize(1..16)).map(|_| self.rng.char(..)).collect(),
            4 if self.is_at_an_edge() => self.long_text(),
            _ => (0..self.rng.usize(1..6)).map(|_| self.piece()).collect(),
        }
    }

    fn word(&mut self) -> String {
        (0..self.rng.usize(1..12)).map(|_| self.rng.alphanumeric()).collect()
    }

    fn piece(&mut self) -> String {
        if self.rng.bool() { self.word() } else { self.of(&PIECES).to_owned() }
    }

    fn long_text(&mut self) -> String {
        let length = self.of(&LENGTHS);
        let mut text = "x".repeat(length);
        if self.rng.bool() {
            // As many characters, but more bytes.
            text.replace_range(..1, "é");
        }
        text
    }
}
