//! Spellings of datetimes: regular ones by the grammar, and damaged ones.

/// Draws spellings, the same ones for a seed.
pub(crate) struct Spelling {
    state: u64,
}

/// What a damaged text may get: signs of the grammar, and some that look alike.
const SIGNS: [&str; 24] = [
    "0",
    "1",
    "5",
    "9",
    "-",
    "+",
    ":",
    ".",
    ",",
    "T",
    "t",
    " ",
    "W",
    "w",
    "Z",
    "z",
    "_",
    "/",
    "\0",
    "\n",
    "é",
    "\u{664}",
    "\u{2212}",
    "\u{1f552}",
];

impl Spelling {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A spelling of the grammar. Some of its numbers are too large.
    pub(crate) fn regular(&mut self) -> String {
        let date = self.date();
        if self.one_of(8) {
            return date;
        }
        let separator = self.pick(&["T", "T", " ", "t"]);
        format!("{date}{separator}{}{}", self.clock(), self.offset())
    }

    /// A spelling with some signs put in, taken out or exchanged, or with parts of another one.
    pub(crate) fn damaged(&mut self) -> String {
        let mut text: Vec<char> = self.regular().chars().collect();
        if self.one_of(5) {
            let other: Vec<char> = self.regular().chars().collect();
            text.truncate(self.below(text.len()));
            text.extend(&other[self.below(other.len())..]);
        }
        for _ in 0..=self.below(3) {
            let at = self.below(text.len() + 1);
            let end = (at + self.below(2)).min(text.len());
            let put = if self.one_of(3) { "" } else { self.pick(&SIGNS) };
            text.splice(at..end, put.chars());
        }
        text.into_iter().collect()
    }

    fn date(&mut self) -> String {
        let year =
            self.pick(&["0001", "0987", "1969", "2000", "2011", "2020", "2024", "9998", "9999", "0000"]);
        let dash = self.pick(&["-", "-", ""]);
        match self.below(4) {
            0 => format!("{year}{dash}W{}", self.up_to(54)),
            1 => format!("{year}{dash}W{}{dash}{}", self.up_to(54), self.below(9)),
            _ => format!("{year}{dash}{}{dash}{}", self.up_to(13), self.up_to(32)),
        }
    }

    fn offset(&mut self) -> String {
        let sign = self.pick(&["", "Z", "+", "-", "+", "-"]);
        if !matches!(sign, "+" | "-") {
            return sign.to_owned();
        }
        // An offset shorter than a second is refused, though Python reads it.
        // So are minutes and seconds beyond 59 in one: they come among the damaged.
        let (hour, minute, second) = (self.up_to(24), self.up_to(59), self.nonzero_second());
        self.join(sign, &[hour, minute, second])
    }

    fn clock(&mut self) -> String {
        // 24 is left out: newer Pythons read 24:00.
        let (hour, minute, second) = (self.up_to(23), self.up_to(61), self.up_to(61));
        self.join("", &[hour, minute, second])
    }

    /// One, two or three numbers, with a fraction perhaps after the third.
    fn join(&mut self, sign: &str, numbers: &[String; 3]) -> String {
        let count = 1 + self.below(3);
        let fraction = if count == 3 { self.fraction() } else { String::new() };
        format!("{sign}{}{fraction}", numbers[..count].join(self.pick(&[":", ":", ""])))
    }

    fn fraction(&mut self) -> String {
        if self.one_of(3) {
            return String::new();
        }
        let digits: String = (0..=self.below(10)).map(|_| self.below(10).to_string()).collect();
        format!("{}{digits}", self.pick(&[".", ".", ","]))
    }

    fn nonzero_second(&mut self) -> String {
        format!("{:02}", 1 + self.below(59))
    }

    fn up_to(&mut self, last: usize) -> String {
        format!("{:02}", self.below(last + 1))
    }

    fn one_of(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len())]
    }

    /// A number below another one; 0 below 0.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).expect("64 bits at most");
        usize::try_from(self.draw() % limit).expect("below a usize")
    }

    /// The next number of SplitMix64: any generator would do that needs no dependency.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
