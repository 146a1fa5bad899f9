//! What the events of the authz subdomain carry. The class has upstream's name and fields.
//!
//! It is made through its `builder()`, which the compiler checks: a field without a default must be given, and one that
//! a later release adds has a default, so it breaks no caller. Texts take anything that is `Into<String>`; the optional
//! field is given by its value, or by `maybe_…` where there is an `Option` at hand. Fields are read directly.

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
