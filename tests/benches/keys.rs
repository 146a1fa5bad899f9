//! What reading an opaque key costs, against a scan of the same grammar written by hand.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --features peers --bench keys
//! ```
//!
//! The scan by hand looks at the same characters, letters beyond ASCII included, keeps the text as ours does, and knows
//! where the parts end. It reads one kind of key, in one spelling; ours reads all that upstream does.

mod support;

use std::hint::black_box;
use std::sync::Arc;

use openedx_events::keys::{
    CCXLocator, CourseKey, LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2,
    LibraryUsageLocatorV2, UsageKey,
};
use support::{Bench, EMPTY, Targets};
use unicode_general_category::{GeneralCategory, get_general_category};

/// The text of a key, and where its parts end.
struct ByHand<const PARTS: usize> {
    text: Arc<str>,
    ends: [u32; PARTS],
}

impl<const PARTS: usize> ByHand<PARTS> {
    fn new(text: &str, ends: [usize; PARTS]) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        Some(Self { text: text.into(), ends: ends.map(|end| u32::try_from(end).unwrap_or(u32::MAX)) })
    }
}

/// How far the characters of an id go.
#[inline]
fn id(text: &str, start: usize) -> Option<usize> {
    characters(text, start, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'~' | b'.' | b':')
    })
}

/// How far the characters of a slug go.
#[inline]
fn slug(text: &str, start: usize) -> Option<usize> {
    characters(text, start, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

#[inline]
fn characters(text: &str, start: usize, admits: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if byte >= 0x80 {
            at += letter_beyond_ascii(text, at)?;
        } else if admits(byte) {
            at += 1;
        } else {
            break;
        }
    }
    (at > start).then_some(at)
}

#[cold]
fn letter_beyond_ascii(text: &str, at: usize) -> Option<usize> {
    let character = text.get(at..)?.chars().next()?;
    let category = get_general_category(character);
    let is_letter = matches!(
        category,
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
            | GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber
    );
    is_letter.then_some(character.len_utf8())
}

#[inline]
fn after(text: &str, at: usize, before: &str) -> Option<usize> {
    text.as_bytes()
        .get(at..at + before.len())
        .filter(|found| *found == before.as_bytes())
        .map(|_| at + before.len())
}

#[inline]
fn place(text: &str, namespace: &str) -> Option<[usize; 5]> {
    let org = id(text, after(text, 0, namespace)?)?;
    let course = id(text, after(text, org, "+")?)?;
    let run = id(text, after(text, course, "+")?)?;
    let branch = match after(text, run, "+branch@") {
        Some(start) => id(text, start)?,
        None => run,
    };
    let version = match after(text, branch, "+version@") {
        Some(start) => {
            let digits = text.as_bytes().get(start..start + 24)?;
            digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')).then_some(start + 24)?
        }
        None => branch,
    };
    Some([org, course, run, branch, version])
}

#[inline]
fn block(text: &str, start: usize) -> Option<[usize; 2]> {
    let block_type = id(text, after(text, start, "+type@")?)?;
    let block_id = id(text, after(text, block_type, "+block@")?)?;
    (block_id == text.len()).then_some([block_type, block_id])
}

#[inline]
fn ccx(text: &str, start: usize) -> Option<usize> {
    let start = after(text, start, "+ccx@")?;
    let digits = text.as_bytes()[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then_some(start + digits)
}

fn course_key(text: &str) -> Option<ByHand<5>> {
    let ends = place(text, "course-v1:")?;
    if ends[4] == text.len() { ByHand::new(text, ends) } else { None }
}

fn ccx_locator(text: &str) -> Option<ByHand<6>> {
    let [org, course, run, branch, version] = place(text, "ccx-v1:")?;
    let end = ccx(text, version)?;
    if end == text.len() { ByHand::new(text, [org, course, run, branch, version, end]) } else { None }
}

fn block_key(text: &str) -> Option<ByHand<7>> {
    let [org, course, run, branch, version] = place(text, "block-v1:")?;
    let [block_type, block_id] = block(text, version)?;
    ByHand::new(text, [org, course, run, branch, version, block_type, block_id])
}

fn ccx_block_key(text: &str) -> Option<ByHand<8>> {
    let [org, course, run, branch, version] = place(text, "ccx-block-v1:")?;
    let ccx = ccx(text, version)?;
    let [block_type, block_id] = block(text, ccx)?;
    ByHand::new(text, [org, course, run, branch, version, ccx, block_type, block_id])
}

fn separated<const PARTS: usize>(text: &str, namespace: &str) -> Option<ByHand<PARTS>> {
    let mut ends = [0; PARTS];
    let mut at = after(text, 0, namespace)?;
    for (index, end) in ends.iter_mut().enumerate() {
        if index > 0 {
            at = after(text, at, ":")?;
        }
        // The organization and the type are of ASCII letters.
        let start = at;
        at = slug(text, at)?;
        if (index == 0 || PARTS == 4 && index == 2) && !text.as_bytes()[start..at].is_ascii() {
            return None;
        }
        *end = at;
    }
    if at == text.len() { ByHand::new(text, ends) } else { None }
}

/// A key of each kind, with the parts that it is made of.
macro_rules! kinds {
    ($($name:literal, $text:literal, $key:ident, $by_hand:expr, [$($part:literal),*];)*) => {
        const KINDS: &[(&str, &str)] = &[$(($name, concat!($name, " by hand"))),*];

        fn check() {
            $({
                let ours = $key::parse($text).expect("a key");
                let theirs = $by_hand($text).expect("a key");
                assert_eq!(ours.as_str(), &*theirs.text);
                let mut start = 0;
                let mut parts = Vec::new();
                for end in theirs.ends {
                    let end = end as usize;
                    let part = &theirs.text[start..end];
                    if !part.is_empty() {
                        parts.push(part.rsplit(['+', '@', ':']).next().unwrap_or(part));
                    }
                    start = end;
                }
                assert_eq!(parts, [$($part),*]);
                assert!($by_hand(&$text.replace('X', "\u{301}")).is_none(), "no letter");
                assert!($by_hand(&$text.replace('X', "\u{e9}")).is_some(), "a letter");
            })*
        }

        fn rows(bench: &mut Bench) {
            $(
                bench.row($name, || $key::parse(black_box($text)).expect("a key"));
                bench.row(concat!($name, " by hand"), || {
                    let key = $by_hand(black_box($text)).expect("a key");
                    (key.text, key.ends)
                });
            )*
        }
    };
}

kinds! {
    "course-v1", "course-v1:edX+DemoX+Demo_Course", CourseKey, course_key, ["edX", "DemoX", "Demo_Course"];
    "course-v1 with branch and version",
        "course-v1:edX+DemoX+Demo_Course+branch@draft-branch+version@519665f6223ebd6980884f2b",
        CourseKey, course_key, ["edX", "DemoX", "Demo_Course", "draft-branch", "519665f6223ebd6980884f2b"];
    "ccx-v1", "ccx-v1:edX+DemoX+Demo_Course+ccx@17", CCXLocator, ccx_locator, ["edX", "DemoX", "Demo_Course", "17"];
    "block-v1", "block-v1:edX+DemoX+Demo_Course+type@problem+block@0270f6de40fc", UsageKey, block_key,
        ["edX", "DemoX", "Demo_Course", "problem", "0270f6de40fc"];
    "ccx-block-v1", "ccx-block-v1:edX+DemoX+Demo_Course+ccx@17+type@problem+block@0270f6de40fc", UsageKey,
        ccx_block_key, ["edX", "DemoX", "Demo_Course", "17", "problem", "0270f6de40fc"];
    "lib", "lib:edu:DemoX-Lib", LibraryLocatorV2, |text| separated::<2>(text, "lib:"), ["edu", "DemoX-Lib"];
    "lb", "lb:edu:DemoX-Lib:problem:0270f6de40fc", LibraryUsageLocatorV2, |text| separated::<4>(text, "lb:"),
        ["edu", "DemoX-Lib", "problem", "0270f6de40fc"];
    "lib-collection", "lib-collection:edu:DemoX-Lib:week-one", LibraryCollectionLocator,
        |text| separated::<3>(text, "lib-collection:"), ["edu", "DemoX-Lib", "week-one"];
    "lct", "lct:edu:DemoX-Lib:unit:unit-one-1a2b3c", LibraryContainerLocator, |text| separated::<4>(text, "lct:"),
        ["edu", "DemoX-Lib", "unit", "unit-one-1a2b3c"];
}

fn main() {
    check();
    let mut bench = Bench::default();
    bench.row(EMPTY, || ());
    rows(&mut bench);
    let measured = bench.measure();
    measured.print();
    let mut targets = Targets::new();
    for (ours, by_hand) in KINDS {
        targets.ratio(by_hand, measured.net(ours), measured.net(by_hand), 1.5);
    }
}
