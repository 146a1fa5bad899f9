//! Exams, proofs of identity and open-response assessments (ORA).

use bon::Builder;
use chrono::{DateTime, FixedOffset};

use super::UserData;
use crate::EventData;
use crate::data::Map;
use crate::keys::{CourseKey, UsageKey};

/// A learner's attempt at a special exam: one with a time limit or under supervision.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ExamAttemptData {
    /// Whose attempt it is.
    pub student_user: UserData,
    /// The course that the exam is part of.
    pub course_key: CourseKey,
    /// The exam.
    pub usage_key: UsageKey,
    /// What sort of exam it is, such as `timed` or `proctored`.
    pub exam_type: String,
    /// Who brought the event about, if that is known: the learner or a member of staff.
    pub requesting_user: Option<UserData>,
}

/// A user's attempt to prove their identity (IDV).
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct VerificationAttemptData {
    /// The number of the attempt in the platform's database.
    pub attempt_id: i64,
    /// Whose attempt it is.
    pub user: UserData,
    /// How far it has come, such as `created`, `pending`, `approved` or `denied`.
    pub status: String,
    /// The name to be proved, if one was given.
    #[event_data(pii)]
    pub name: Option<String>,
    /// When a proof by this attempt expires, if it does.
    pub expiration_date: Option<DateTime<FixedOffset>>,
}

/// A learner's answer in an open-response assessment. Personal data as a whole.
///
/// The lists that begin with `file_` go together: an uploaded file has the same place in each.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde, pii)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ORASubmissionAnswer {
    /// What was written, for each prompt; the text is the entry `text`.
    #[event_data(default)]
    #[builder(default)]
    pub parts: Vec<Map<String, String>>,
    /// The keys of the files in storage.
    #[event_data(default)]
    #[builder(default)]
    pub file_keys: Vec<String>,
    /// What the learner says of the files.
    #[event_data(default)]
    #[builder(default)]
    pub file_descriptions: Vec<String>,
    /// The names of the files.
    #[event_data(default)]
    #[builder(default)]
    pub file_names: Vec<String>,
    /// The sizes of the files, in bytes.
    #[event_data(default)]
    #[builder(default)]
    pub file_sizes: Vec<i64>,
    /// Where the files can be fetched.
    #[event_data(default)]
    #[builder(default)]
    pub file_urls: Vec<String>,
}

/// What a learner handed in for an open-response assessment.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ORASubmissionData {
    /// The id of what was handed in.
    pub uuid: String,
    /// The id that stands for the learner where the name is not to be known.
    #[event_data(pii)]
    pub anonymous_user_id: String,
    /// The assessment, as the text of its usage key.
    pub location: String,
    /// Which attempt of the learner it is, from 1 on.
    pub attempt_number: i64,
    /// When the attempt was begun.
    pub created_at: DateTime<FixedOffset>,
    /// When it was handed in.
    pub submitted_at: DateTime<FixedOffset>,
    /// The answer.
    pub answer: ORASubmissionAnswer,
}
