//! What a refusal says.

use openedx_events::keys::{CCXLocator, CourseKey, UsageKey};

fn course(text: &str) -> String {
    text.parse::<CourseKey>().unwrap_err().to_string()
}

fn usage(text: &str) -> String {
    text.parse::<UsageKey>().unwrap_err().to_string()
}

#[test]
fn it_names_the_type_the_text_the_fault_and_the_form() {
    assert_eq!(
        course("library-v1:edX+"),
        "`library-v1:edX+` is not a CourseKey: the course or library is missing; expected `library-v1:org+library`"
    );
    let error = "course-v1:a+b+c".parse::<CCXLocator>().unwrap_err();
    assert_eq!(error.key_type(), "CCXLocator");
    assert_eq!(
        error.to_string(),
        "`course-v1:a+b+c` is not a CCXLocator: unknown namespace; \
         expected `ccx-v1:org+course+run+ccx@1`"
    );
}

#[test]
fn it_says_what_is_wrong() {
    for (text, fault) in [
        ("course-v1:a+b+c d", "the run must not contain ' '"),
        ("course-v1:a+b+c+version@abc", "the version is not 24 hex digits"),
        ("course-v1:a+b+c+ccx@1", "unexpected `ccx@1`"),
        ("course-v1:a+b+c+d", "unexpected `d`"),
        ("a/b", "the run is missing"),
        ("ccx-v1:a+b+c", "the ccx number is missing"),
        ("", "unknown namespace"),
    ] {
        assert!(course(text).contains(&format!(": {fault}; expected `")), "{}", course(text));
    }
    for (text, fault) in [
        ("block-v1:a+b+c", "the id is missing"),
        ("lb:a:b:c", "the id is missing"),
        ("aside-usage-v2:lb$:a$:b$:c$:d", "`::` and an aside type are missing"),
        ("aside-usage-v2:lb:a::t", "`$` or `:` is not escaped as required in an aside key"),
        ("aside-usage-v1:lb:a:b:c:d::a$b", "`$` or `:` is not escaped as required in an aside key"),
        ("aside-usage-v1:location:a+b+c+d+e:", "the inner usage key ends in `:` or contains `::`"),
        ("course-v1:a+b+c", "unknown namespace"),
    ] {
        assert!(usage(text).contains(&format!(": {fault}; expected `")), "{}", usage(text));
    }
}

#[test]
fn debug_has_the_same_text() {
    let error = "course-v1:a".parse::<CourseKey>().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn it_is_one_line_and_short_whatever_the_text() {
    let text = format!("course-v1:a+b+c\n\u{7}{}", "+x".repeat(100_000));
    for message in [course(&text), usage(&text)] {
        assert!(message.starts_with(r"`course-v1:a+b+c\n\u{7}+x+x"), "{message}");
        assert!(message.len() < 500, "{message}");
        assert!(!message.contains(char::is_control), "{message}");
    }
}
