//! Whether a JSON value ends on a line, goes on, or is broken there: [`Scan`].

/// As deep as the reader of JSON goes.
const MAX_DEPTH: usize = 128;

/// How far a value has come after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Complete,
    Incomplete,
    /// What was scanned cannot be the beginning of a value.
    Broken,
}

/// A value that is scanned line by line, each byte once. Only brackets, strings and what is between them are looked at:
/// numbers, words and escapes are left to the reader of the value.
#[derive(Default)]
pub(super) struct Scan {
    open: Vec<Bracket>,
    expected: Expected,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Object,
    Array,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Value,
    /// Behind `[`.
    FirstItem,
    /// Behind `{`.
    FirstName,
    Name,
    Colon,
    /// A comma, or the end of what is open.
    Separator,
    Nothing,
}

impl Scan {
    /// Scans the next line of the value.
    pub(super) fn line(&mut self, line: &[u8]) -> Progress {
        let mut rest = line.trim_ascii_start();
        while !rest.is_empty() {
            let Some(length) = self.token(rest) else { return Progress::Broken };
            rest = rest[length..].trim_ascii_start();
        }
        if self.expected == Expected::Nothing { Progress::Complete } else { Progress::Incomplete }
    }

    /// Takes a token. Returns its length, or `None` if it cannot be here.
    fn token(&mut self, text: &[u8]) -> Option<usize> {
        use Expected::{Colon, FirstItem, FirstName, Name, Separator, Value};

        let innermost = self.open.last().copied();
        match (self.expected, *text.first()?) {
            (Value | FirstItem, b'{') => self.begin(Bracket::Object, FirstName),
            (Value | FirstItem, b'[') => self.begin(Bracket::Array, FirstItem),
            (FirstName, b'}') | (FirstItem, b']') => Some(self.end()),
            (Separator, b'}') if innermost == Some(Bracket::Object) => Some(self.end()),
            (Separator, b']') if innermost == Some(Bracket::Array) => Some(self.end()),
            (Separator, b',') => {
                self.expected = if innermost == Some(Bracket::Object) { Name } else { Value };
                Some(1)
            }
            (Colon, b':') => {
                self.expected = Value;
                Some(1)
            }
            (FirstName | Name, b'"') => {
                self.expected = Colon;
                string(text)
            }
            (Value | FirstItem, first) => {
                self.expected = self.behind_value();
                if first == b'"' { string(text) } else { word(text) }
            }
            _ => None,
        }
    }

    fn begin(&mut self, bracket: Bracket, expected: Expected) -> Option<usize> {
        self.open.push(bracket);
        self.expected = expected;
        (self.open.len() <= MAX_DEPTH).then_some(1)
    }

    fn end(&mut self) -> usize {
        self.open.pop();
        self.expected = self.behind_value();
        1
    }

    fn behind_value(&self) -> Expected {
        if self.open.is_empty() { Expected::Nothing } else { Expected::Separator }
    }
}

/// The length of a string. It ends on its line.
fn string(text: &[u8]) -> Option<usize> {
    let mut bytes = text.iter().enumerate().skip(1);
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(place + 1),
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    None
}

/// The length of a number, `true`, `false` or `null`.
fn word(text: &[u8]) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let length = text.iter().take_while(|byte| is_part(byte)).count();
    (length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::Progress::{Broken, Complete, Incomplete};
    use super::*;

    fn progress(lines: &[&str]) -> Vec<Progress> {
        let mut scan = Scan::default();
        lines.iter().map(|line| scan.line(line.as_bytes())).collect()
    }

    #[test]
    fn a_value_ends_where_its_brackets_do() {
        for line in [
            "{}",
            "[]",
            "7",
            " null ",
            r#"{"a": [1, {"b": "}"}], "c\"": "\\"}"#,
            r#"[[], {}, -1.5e+3, true, "x,y"]"#,
        ] {
            assert_eq!(progress(&[line]), [Complete], "{line}");
        }
        assert_eq!(progress(&["{", r#" "a":"#, " [", "", " 1", " ]", "}"]), {
            [[Incomplete; 6].as_slice(), &[Complete]].concat()
        });
    }

    #[test]
    fn what_cannot_go_on_is_broken() {
        for line in [
            "{}x",
            "{}{}",
            "{,}",
            "[1,]",
            "[,]",
            r#"{"a"}"#,
            r#"{"a":1,}"#,
            "]",
            "{]",
            "[}",
            r#"{"a":"b"#,
            "é",
        ] {
            assert_eq!(progress(&[line]), [Broken], "{line}");
        }
        assert_eq!(progress(&[r#"{"a": tru"#, "{}"]), [Incomplete, Broken]);
        assert_eq!(progress(&[r#"{"a": 1,"#, "{}"]), [Incomplete, Broken]);
    }

    #[test]
    fn what_is_broken_is_no_json_and_what_is_json_is_complete() {
        let values = ["", "{", "}", "[", "]", ",", ":", "\"a\"", "1", "true", " ", "\"\\\"\"", "\"{\"", "\""];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| values.map(|value| format!("{text}{value}"))).collect();
        }
        for text in texts.iter().filter(|text| !text.trim().is_empty()) {
            let progress = progress(&[text]);
            let read = serde_json::from_str::<serde::de::IgnoredAny>(text);
            match progress[..] {
                [Complete] => {
                    assert!(read.as_ref().is_ok() || text.contains("true") || text.contains('1'), "{text}");
                }
                _ => assert!(read.is_err(), "{text}"),
            }
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_broken() {
        assert_eq!(progress(&["["; 128]), [Incomplete; 128]);
        assert_eq!(progress(&["["; 129])[128], Broken);
    }
}
