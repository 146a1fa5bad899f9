//! The data of the events of the authz subdomain. The class has upstream's name and fields.
//!
//! Create it with its `builder()`, which is checked at compile time: fields without a default are required. Fields that a
//! later release adds have a default, so callers do not break. Setters of strings accept anything that is `Into<String>`.
//! The optional field has a setter for the value, and a setter `maybe_…` for an `Option`. Read the fields directly.

use bon::Builder;

use crate::EventData;

/// A role that somebody has within a scope.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct RoleAssignmentData {
    /// What was done with the assignment: `created` or `deleted`.
    pub operation: String,
    /// Who has the role, or had it: the kind of subject and its name, such as `user^ada`.
    #[event_data(pii)]
    pub subject: String,
    /// The role, such as `course_admin`.
    pub role: String,
    /// Where it holds, such as in a course, a library or an organization, by its key.
    pub scope: String,
    /// The number of the user who did it, in the platform's database; none if it is not known, or nobody's doing.
    pub actor_id: Option<i64>,
}
