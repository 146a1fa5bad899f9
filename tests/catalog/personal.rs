//! Personal data: which fields are, and that none of it is shown where it is to be redacted.

use openedx_events::data::{FieldType, Record};

use openedx_events::PersonalData;
use openedx_events::get_signal_by_type;
use serde_json::{Map, Value};

use crate::classes::{Class, SUBDOMAINS, Subdomain, subdomain_of};
use crate::conformance::{all_cases, one_of_each};

/// All fields that are marked. A new field that holds personal data belongs here too.
const MARKED: &[&str] = &[
    "TrackingLogData.data",
    "TrackingLogData.context",
    "RoleAssignmentData.subject",
    "CertificateSignatoryData.image",
    "CertificateSignatoryData.name",
    "UserPersonalData.username",
    "UserPersonalData.email",
    "UserPersonalData.name",
    "CcxCourseData.coach_email",
    "CertificateData.download_url",
    "CertificateData.name",
    "UserNotificationData.context",
    "ProgramCertificateData.url",
    "DiscussionThreadData.body",
    "DiscussionThreadData.title",
    "CourseNotificationData.content_context",
    "ORASubmissionAnswer.parts",
    "ORASubmissionAnswer.file_keys",
    "ORASubmissionAnswer.file_descriptions",
    "ORASubmissionAnswer.file_names",
    "ORASubmissionAnswer.file_sizes",
    "ORASubmissionAnswer.file_urls",
    "ORASubmissionData.anonymous_user_id",
    "VerificationAttemptData.name",
    "ExternalGraderScoreData.score_msg",
    "ExternalGraderScoreData.user_id",
    "LtiProviderLaunchParamsData.user_id",
    "LtiProviderLaunchParamsData.extra_params",
];

#[test]
fn the_fields_that_are_personal() {
    let marked: Vec<_> = SUBDOMAINS
        .iter()
        .flat_map(|subdomain| subdomain.classes)
        .flat_map(|class| class.record.fields.iter().map(|field| (class.record.name, field)))
        .filter(|(_, field)| field.personal)
        .map(|(class, field)| format!("{class}.{}", field.name))
        .collect();
    assert_eq!(marked, MARKED);
}

/// Recorded values are such as `true` and occur elsewhere too, so tokens stand in for them.
#[test]
fn nothing_personal_is_shown() {
    let (mut with_personal_data, mut tokens) = (0, 0);
    for recorded in all_cases().into_iter().chain(one_of_each()) {
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        let mut json = recorded.record;
        let mut planted = Planted::default();
        planted.plant(signal.record(), &mut json);
        let event = signal.read_json(&json.to_string()).expect("tokens are as good as what they stand for");
        let place = format!("{} {}", recorded.event_type, recorded.case);

        let kept = event.to_json(PersonalData::Keep).expect("it came from JSON");
        let redacted = event.to_json(PersonalData::Redact).expect("it came from JSON");
        let debug = format!("{event:?} {event:#?}");
        for token in &planted.tokens {
            assert!(kept.contains(token.as_str()), "{place}: {token} is not in {kept}");
            for shown in [&redacted, &debug] {
                assert!(!shown.contains(token.as_str()), "{place}: {token} is in {shown}");
            }
        }
        let subdomain = subdomain_of(&recorded.event_type);
        each_class(subdomain, signal.record(), &json, &mut |class, json| {
            let debug = (class.shown)(json).debug;
            for token in &planted.tokens {
                assert!(!debug.contains(token.as_str()), "{place}: {token} is in {debug}");
            }
        });
        with_personal_data += usize::from(signal.record().has_personal_data());
        tokens += planted.tokens.len();
    }
    assert_eq!((with_personal_data, tokens), (261, 1215));
}

/// Puts tokens in place of personal data.
#[derive(Default)]
struct Planted {
    tokens: Vec<String>,
}

impl Planted {
    fn plant(&mut self, record: &'static Record, json: &mut Value) {
        for field in record.fields {
            let value = &mut json[field.name];
            if field.personal {
                self.replace(value);
            } else {
                each_record(field.field_type, value, &mut |inner, value| self.plant(inner, value));
            }
        }
    }

    fn replace(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.token(),
            Value::Number(number) => {
                let token = 8_100_000_001 + self.tokens.len() as u64;
                self.tokens.push(token.to_string());
                *number = token.into();
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(entries) => {
                let planted: Map<_, _> = std::mem::take(entries)
                    .into_iter()
                    .map(|(_, mut value)| {
                        self.replace(&mut value);
                        (self.token(), value)
                    })
                    .collect();
                *entries = planted;
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Base64 too, as the content of a file may be what it stands for.
    fn token(&mut self) -> String {
        let token = format!("personal{:08}", self.tokens.len());
        self.tokens.push(token.clone());
        token
    }
}

/// Calls `visit` for each instance of a data class in an event's JSON.
fn each_class(
    subdomain: &Subdomain,
    record: &'static Record,
    json: &Value,
    visit: &mut dyn FnMut(&Class, &Value),
) {
    if let Some(class) = subdomain.class(record.name) {
        visit(class, json);
    }
    for field in record.fields {
        let mut value = json[field.name].clone();
        each_record(field.field_type, &mut value, &mut |inner, value| {
            each_class(subdomain, inner, value, visit);
        });
    }
}

/// Calls `visit` for the records right below a value.
fn each_record(field_type: FieldType, value: &mut Value, visit: &mut dyn FnMut(&'static Record, &mut Value)) {
    match (field_type, value) {
        (_, Value::Null) => {}
        (FieldType::Record(record), value) => visit(record(), value),
        (FieldType::Optional(inner), value) => each_record(*inner, value, visit),
        (FieldType::List(inner), Value::Array(items)) => {
            for item in items {
                each_record(*inner, item, visit);
            }
        }
        (FieldType::Map(inner), Value::Object(entries)) => {
            for entry in entries.values_mut() {
                each_record(*inner, entry, visit);
            }
        }
        _ => {}
    }
}
