//! The words and signs of an expression: [`Token`].

/// A word or sign, and the column where it begins, from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) what: What,
    pub(super) column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A name or a word such as `and`.
    Word(String),
    /// Text in quotes.
    Text(String),
    Long(i64),
    Double(f64),
    /// `==`, `(`, `.` and the like.
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: [&str; 12] = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", "."];

/// Takes an expression apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start();
        let column = text[..text.len() - rest.len()].chars().count() + 1;
        let (what, after) = next(rest).map_err(|error| at(column, &error))?;
        let is_end = what == What::End;
        tokens.push(Token { what, column });
        if is_end {
            return Ok(tokens);
        }
        rest = after;
    }
}

pub(super) fn at(column: usize, error: &str) -> String {
    format!("column {column}: {error}")
}

fn next(text: &str) -> Result<(What, &str), String> {
    let Some(first) = text.chars().next() else { return Ok((What::End, text)) };
    let is_of_name = |c: char| c == '_' || c.is_alphanumeric();
    if first == '"' || first == '\'' {
        return quoted(text, first);
    }
    if first.is_ascii_digit() || (first == '-' && text[1..].starts_with(|c: char| c.is_ascii_digit())) {
        return number(text);
    }
    if is_of_name(first) {
        let (word, rest) = text.split_at(text.find(|c| !is_of_name(c)).unwrap_or(text.len()));
        return Ok((What::Word(word.to_owned()), rest));
    }
    match SIGNS.iter().find(|sign| text.starts_with(**sign)) {
        Some(sign) => Ok((What::Sign(sign), &text[sign.len()..])),
        None if first == '=' => Err("`=` is not an operator; compare with `==`".to_owned()),
        None if matches!(first, '&' | '|' | '!') => {
            Err(format!("`{first}` is not an operator; write `and`, `or` and `not`"))
        }
        None => Err(format!("unexpected `{}`", first.escape_debug())),
    }
}

/// Text in quotes, with the escapes `\\`, `\"`, `\'`, `\n` and `\t`.
fn quoted(text: &str, quote: char) -> Result<(What, &str), String> {
    let (mut value, mut chars) = (String::new(), text.char_indices().skip(1));
    while let Some((place, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((What::Text(value), &text[place + c.len_utf8()..])),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some(c @ ('\\' | '"' | '\'')) => value.push(c),
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                _ => return Err("a backslash escapes `\\`, a quote, `n` or `t` alone".to_owned()),
            },
            c => value.push(c),
        }
    }
    Err("the text has no end: its quote is missing".to_owned())
}

fn number(text: &str) -> Result<(What, &str), String> {
    let mut end = 0;
    for (place, c) in text.char_indices() {
        let is_sign = c == '-' || c == '+';
        let is_of_exponent = is_sign && (place == 0 || text[..place].ends_with(['e', 'E']));
        if !(c.is_ascii_alphanumeric() || c == '.' || is_of_exponent) {
            break;
        }
        end = place + c.len_utf8();
    }
    let (number, rest) = text.split_at(end);
    let what = if number.contains(['.', 'e', 'E']) {
        number.parse().ok().filter(|number: &f64| number.is_finite()).map(What::Double)
    } else {
        number.parse().ok().map(What::Long)
    };
    let what = what.ok_or_else(|| format!("`{number}` is not a number of 64 bits"))?;
    Ok((what, rest))
}
