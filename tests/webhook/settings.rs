//! The settings of webhooks: what is read, and all that is wrong at once.

use std::time::Duration;

use openedx_events::bus::{BusSettings, Secret, WebhookForm, Webhooks};

#[test]
fn webhooks_are_read_from_toml_json_and_the_environment() {
    let toml = r#"
        [EVENT_WEBHOOKS.crm]
        url = "https://crm.example.com/hook"
        events = ["org.openedx.learning.*"]
        topics = ["learners", "grades"]
        form = "standard"
        secrets = ["env:NEW", "file:/run/secrets/old"]
        headers = { authorization = "env:TOKEN" }
        personal_data = true
        timeout = "5s"
        max_attempts = 7
    "#;
    let variable = r#"{"crm": {"timeout": "9s"}, "zap": {"url": "env:ZAP", "events": ["*"], "topics": ["learners"], "form": "flat"}}"#;
    let settings = BusSettings::layers()
        .toml("bus.toml", toml)
        .json("over.json", r#"{"EVENT_WEBHOOKS": {"crm": {"group": "crm"}}}"#)
        .variables([("EVENT_WEBHOOKS".to_owned(), variable.to_owned())])
        .read()
        .expect("right");
    let crm = &settings.webhooks["crm"];
    assert_eq!(crm.url, Secret::Text("https://crm.example.com/hook".to_owned()));
    assert_eq!((crm.form, crm.timeout), (WebhookForm::Standard, Duration::from_secs(9)));
    assert_eq!(crm.secrets, [Secret::Env("NEW".to_owned()), Secret::File("/run/secrets/old".into())]);
    assert_eq!(crm.headers["authorization"], Secret::Env("TOKEN".to_owned()));
    assert_eq!((crm.personal_data, crm.allow_private, crm.delivery.max_attempts), (true, false, Some(7)));
    assert_eq!(crm.group.as_deref(), Some("crm"));
    let zap = &settings.webhooks["zap"];
    assert_eq!(
        (zap.url.clone(), zap.form, zap.timeout),
        (Secret::Env("ZAP".to_owned()), WebhookForm::Flat, Duration::from_secs(15))
    );
    assert!(!zap.personal_data && zap.secrets.is_empty());
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let toml = r#"
        [EVENT_WEBHOOKS."my crm"]
        url = "http://user:hunter2@example.com"
        events = ["org.openedx.lerning.*", "org.openedx.learning.course.enrolment.created.v1", "org.openedx.learn*"]
        form = "standart"
        secret = "hunter2"
        headers = { Content-Type = "text/plain" }
        timeout = "soon"
        colour = "red"
        [EVENT_WEBHOOKS.other]
        events = []
        topics = ["twice", "twice"]
    "#;
    let error = BusSettings::layers().toml("bus.toml", toml).read().expect_err("wrong").to_string();
    for part in [
        "my crm: the name of a webhook has only letters",
        "my crm.url: must not have a user or a password",
        "no event of the program has a type like `org.openedx.lerning.*`, did you mean `org.openedx.learning.*`",
        "org.openedx.learning.course.enrollment.created.v1",
        "`org.openedx.learn*`: `*` may stand for the end of a type behind a dot",
        "my crm.form: expected \"cloudevents\" or \"cloudevents_binary\" or \"standard\" or \"flat\"",
        "my crm.secret: must not be in the settings: use `env:NAME` or `file:PATH`",
        "my crm.headers: `Content-Type` is set by the form",
        "my crm.timeout: expected",
        "my crm.topics: missing",
        "unknown setting `colour`",
        "other: `url` is missing",
        "other.events: missing",
        "other.topics: `twice` is given twice",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn secrets_that_are_missing_or_bad_are_named_by_their_place() {
    let toml = r#"
        [EVENT_WEBHOOKS.crm]
        url = "env:OPENEDX_EVENTS_NO_SUCH_URL"
        events = ["*"]
        topics = ["learners"]
        form = "standard"
        secret = "file:/nowhere/secret"
        headers = { x-token = "gr\u00fcn" }
        [EVENT_WEBHOOKS.zap]
        url = "https://example.com"
        events = ["*"]
        topics = ["learners"]
        group = "webhook-zip"
        [EVENT_WEBHOOKS.zip]
        url = "https://example.com"
        events = ["*"]
        topics = ["learners"]
    "#;
    let mut settings =
        BusSettings::layers().toml("bus.toml", toml).read().expect("right but for the secrets");
    let error = Webhooks::new(&settings).expect_err("wrong").to_string();
    for part in [
        "EVENT_WEBHOOKS.crm.url: the variable `OPENEDX_EVENTS_NO_SUCH_URL` is not set",
        "EVENT_WEBHOOKS.crm.secret: cannot read the file /nowhere/secret",
        "EVENT_WEBHOOKS.zip.group: the group is that of the webhook `zap`, too",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
    settings.webhooks.retain(|name, _| name == "zap");
    let webhooks = Webhooks::new(&settings).expect("right");
    assert_eq!(webhooks.names().collect::<Vec<_>>(), ["zap"]);
}

/// The page shows settings that a reader copies.
#[test]
fn the_example_of_the_page_is_read() {
    let page = include_str!("../../docs/webhooks.md");
    let toml = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let settings = BusSettings::layers().toml("bus.toml", toml).read().expect("right");
    assert_eq!(
        (settings.webhooks["crm"].form, settings.webhooks["crm"].topics.len()),
        (WebhookForm::Standard, 2)
    );
}
