//! The events of the authz subdomain: each a struct, and its signal as a static with upstream's name.

// Upstream documents `user.pii.username` as the key, which leads nowhere in these events. What the order matters for is
// whoever has the roles, so that one who loses a role and gets it again does not end up without it.

use super::data::RoleAssignmentData;
use crate::signal;

/// Somebody has been given a role.
#[signal(
    "org.openedx.authz.role_assignment.created",
    unversioned,
    key = role_assignment.subject,
    trigger_repository = "openedx/openedx-authz"
)]
#[derive(Clone, PartialEq)]
pub struct RoleAssignmentCreated {
    /// The role that was given.
    pub role_assignment: RoleAssignmentData,
}

/// A role has been taken from somebody.
#[signal(
    "org.openedx.authz.role_assignment.deleted",
    unversioned,
    key = role_assignment.subject,
    trigger_repository = "openedx/openedx-authz"
)]
#[derive(Clone, PartialEq)]
pub struct RoleAssignmentDeleted {
    /// The role that was taken.
    pub role_assignment: RoleAssignmentData,
}
