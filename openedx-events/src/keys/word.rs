//! The characters of keys, as Python's `re` sees them.

use unicode_general_category::{GeneralCategory, get_general_category};

/// Python's `\w`: the Unicode categories L* and N*, and `_`. No marks, joiners or other connectors.
pub(super) fn is_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    is_letter_or_number(get_general_category(character))
}

/// Python's `\d`: the Unicode category Nd.
pub(super) fn is_digit(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_digit();
    }
    get_general_category(character) == GeneralCategory::DecimalNumber
}

/// Whether Python's `re.IGNORECASE` takes `text` for `name`, which is lower-case ASCII.
pub(super) fn same_but_for_case(name: &str, text: &str) -> bool {
    name.chars().eq(text.chars().map(folded))
}

/// The one ASCII letter that Python's `re.IGNORECASE` takes the character for, in patterns of ASCII letters. Four
/// characters beyond ASCII count: long s, the kelvin sign, I with a dot and i without one.
fn folded(character: char) -> char {
    match character {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        '\u{130}' | '\u{131}' => 'i',
        other => other.to_ascii_lowercase(),
    }
}

fn is_letter_or_number(category: GeneralCategory) -> bool {
    matches!(
        category,
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
            | GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber
    )
}
