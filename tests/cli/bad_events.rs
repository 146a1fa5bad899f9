//! `send` of bad lines among good ones: `data/bad_events.jsonl`.

use crate::BAD_EVENTS;
use crate::process::{Ran, shipped};

/// Number, member and a part of the reason of each bad line, as `data/make_events.py` makes them.
const BAD: [(u64, Option<&str>, &str); 26] = [
    (2, None, "not JSON: EOF while parsing a string at column 200"),
    (3, None, "expected a CloudEvent, which is a JSON object"),
    (4, None, "found a list: take the events of a batch one at a time"),
    (5, None, "not UTF-8"),
    (6, Some("specversion"), "CloudEvents version `0.3` is not supported"),
    (9, Some("type"), "missing"),
    (10, Some("event_type"), "not a valid attribute name"),
    (11, Some("type"), "did you mean `org.openedx.learning.course.enrollment.created.v1`"),
    (12, Some("id"), "`7` is not a UUID"),
    (13, Some("source"), "must not be empty"),
    (16, Some("time"), "no offset: write UTC as `2026-01-31T12:00:00+00:00`"),
    (17, Some("datacontenttype"), "`application/xml` is not supported"),
    (18, Some("minorversion"), "expected a whole number from 0 to 2147483647"),
    (19, Some("sourcelib"), "`11.2.0rc1` is not a release"),
    (20, Some("tags"), "found a list"),
    (23, Some("data"), "missing"),
    (24, Some("data.enrollment"), "missing field `enrollment`"),
    (25, Some("redacted"), "written without its personal data"),
    (26, Some("id"), "given twice"),
    (27, Some("data.enrollment.mode"), "missing field `mode`"),
    (30, Some("data.enrollment.mod"), "has no field `mod`, did you mean `mode`?"),
    (31, Some("data.enrollment.user.id"), "invalid type: string \"100\", expected i64"),
    (32, Some("data.enrollment.course.course_key"), "`course-v1:edX` is not a CourseKey"),
    (33, Some("data.enrollment.creation_date"), "invalid datetime \"yesterday\""),
    (34, Some("data.enrollment.user.pii.email"), "the value is not shown, as it is personal data"),
    (37, Some("data.enrollment.user"), "the value is not shown, as it is personal data"),
];

const GOOD: [u64; 6] = [1, 8, 15, 22, 29, 36];

fn check_end(ran: &Ran) {
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stderr, "6 sent, 26 bad lines, 0 failed\n");
    assert!(!ran.stdout.contains("ada@example.org"), "personal data in {}", ran.stdout);
}

#[test]
fn each_is_reported_with_its_number_member_and_reason() {
    let ran = shipped(&["send", BAD_EVENTS], b"");
    check_end(&ran);
    let lines = ran.lines();
    assert_eq!(lines.len(), BAD.len() + GOOD.len());
    let line = |number: u64| {
        let beginning = format!("{number} ");
        *lines.iter().find(|line| line.starts_with(&beginning)).expect("a line")
    };
    for (number, member, reason) in BAD {
        let line = line(number);
        assert!(line.starts_with(&format!("{number} bad ")) && line.contains(reason), "{line}");
        assert!(member.is_none_or(|member| line.contains(&format!("`{member}`: "))), "{line}");
    }
    for number in GOOD {
        assert!(
            line(number)
                .starts_with(&format!("{number} ok org.openedx.learning.course.enrollment.created.v1 "))
        );
    }
}

#[test]
fn each_is_reported_in_json() {
    let ran = shipped(&["send", BAD_EVENTS, "--format", "json"], b"");
    check_end(&ran);
    let lines = ran.json_lines();
    for (number, member, reason) in BAD {
        let line = lines.iter().find(|line| line["line"] == number).expect("a line");
        assert_eq!(line["outcome"], "bad", "{line}");
        assert_eq!(line["path"].as_str(), member, "{line}");
        assert!(line["reason"].as_str().is_some_and(|text| text.contains(reason)), "{line}");
    }
    for number in GOOD {
        let line = lines.iter().find(|line| line["line"] == number).expect("a line");
        assert_eq!(line["outcome"], "ok", "{line}");
    }
}
