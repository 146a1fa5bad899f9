//! The settings.

use std::cell::RefCell;

use example_zapier::Zapier;

use crate::WEBHOOKS;
use crate::receivers::assert_shows_no_secret;
use crate::webhook::SECRET;

#[test]
fn they_have_the_names_of_upstream() {
    let asked = RefCell::new(Vec::new());
    let zapier = Zapier::from_settings(|name| {
        asked.borrow_mut().push(name.to_owned());
        None
    });
    assert!(zapier.is_ok());
    assert_eq!(asked.into_inner(), WEBHOOKS.map(|(name, _)| name));
}

#[test]
fn one_that_is_no_url_is_refused_without_its_value() {
    for value in [
        SECRET,
        "ftp://example.org/hooks-8421",
        "https://",
        "/hooks-8421",
        "http://a b/hooks-8421",
        "\u{fffd}hooks-8421",
    ] {
        let setting = |name: &str| (name == "ZAPIER_ENROLLMENT_WEBHOOK").then(|| value.to_owned());
        let error = Zapier::from_settings(setting).expect_err(value);
        assert_eq!(
            error.to_string(),
            "ZAPIER_ENROLLMENT_WEBHOOK is not a URL: pass that of the webhook, such as https://hooks.zapier.com/…"
        );
        assert_shows_no_secret(&format!("{error:?}"));
    }
}

#[test]
fn debug_shows_no_url() {
    let url = format!("https://ada@example.org:{SECRET}@hooks.zapier.com/{SECRET}");
    let zapier = Zapier::from_settings(|_| Some(url.clone())).expect("a URL");
    let shown = format!("{zapier:?}");
    assert!(shown.contains("ZAPIER_ENROLLMENT_WEBHOOK"), "{shown}");
    assert_shows_no_secret(&shown);
}
