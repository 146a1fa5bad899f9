//! The receivers, with a webhook on this machine.

mod bus;
mod python;
mod receivers;
mod settings;
mod webhook;

/// The webhook of each setting, as the name of its path.
const WEBHOOKS: [(&str, &str); 3] = [
    ("ZAPIER_REGISTRATION_WEBHOOK", "registration"),
    ("ZAPIER_ENROLLMENT_WEBHOOK", "enrollment"),
    ("ZAPIER_PERSISTENT_GRADE_COURSE_WEBHOOK", "grade"),
];
