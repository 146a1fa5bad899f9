//! Users of the platform and their roles.

use bon::Builder;

use crate::EventData;
use crate::keys::CourseKey;

/// A user, without what tells who that is.
///
/// No event carries it; [`UserData`] has the same fields.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct UserNonPersonalData {
    /// The number of the user in the platform's database.
    pub id: i64,
    /// Whether the account has been activated, as it is by confirming its email address, and not been closed since.
    pub is_active: bool,
}

/// What tells who a user is. Personal data as a whole.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde, pii)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct UserPersonalData {
    /// The name of the account, which no two users share.
    pub username: String,
    /// The email address of the account.
    pub email: String,
    /// The full name in the user's profile; empty if it is not known.
    #[event_data(default)]
    #[builder(default)]
    pub name: String,
}

/// A user.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct UserData {
    /// The number of the user in the platform's database.
    pub id: i64,
    /// Whether the account has been activated, as it is by confirming its email address, and not been closed since.
    pub is_active: bool,
    /// Who the user is.
    pub pii: UserPersonalData,
}

/// A role that lets a user do more in a course than learn, such as teaching it.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CourseAccessRoleData {
    /// Who has the role, or had it.
    pub user: UserData,
    /// The organization of the course.
    pub org_key: String,
    /// The course in which the role holds.
    pub course_key: CourseKey,
    /// The name of the role, such as `instructor`, `staff` or `beta_testers`.
    pub role: String,
}
