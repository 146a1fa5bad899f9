//! Every character there is, against the tables of CPython 3.12 (Unicode 15.0).

use openedx_events::keys::{CCXLocator, CourseKey};

/// How many characters make a key, and the sum of their code points.
fn taken(is_key: impl Fn(char) -> bool) -> (usize, u64) {
    let taken = ('\0'..=char::MAX)
        .filter(|&character| is_key(character))
        .map(|character| u64::from(u32::from(character)));
    taken.fold((0, 0), |(count, sum), code_point| (count + 1, sum + code_point))
}

#[test]
fn an_id_takes_pythons_word_characters() {
    // The categories L and N, `_`, and the other four.
    let others: u64 = "-~.:".bytes().map(u64::from).sum();
    let ids = taken(|character| CourseKey::parse(&format!("course-v1:a+b+{character}")).is_ok());
    assert_eq!(ids, (137_936 + 4, 14_877_327_126 + others));
}

#[test]
fn a_ccx_number_takes_pythons_digits() {
    let digits = taken(|character| CCXLocator::parse(&format!("ccx-v1:a+b+c+ccx@{character}")).is_ok());
    assert_eq!(digits, (680, 32_783_620));
}

#[test]
fn four_characters_stand_for_a_letter_of_a_name() {
    let key = "ccx-v1:a+b+c+version@519665f6223ebd6980884f2b+ccx@1+block@x";
    for (name, letter, expected) in
        [("version", "s", "\u{17F}"), ("version", "i", "\u{130}\u{131}"), ("block", "k", "\u{212A}")]
    {
        let cased =
            ('\u{80}'..=char::MAX).filter(|character| character.is_lowercase() || character.is_uppercase());
        let spellings = cased.filter(|character| {
            let spelling = name.replace(letter, &character.to_string());
            CCXLocator::parse(&key.replace(name, &spelling)).is_ok()
        });
        assert_eq!(spellings.collect::<String>(), expected);
    }
}
