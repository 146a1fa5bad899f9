//! The events of the authz subdomain. Each is a struct, with its signal as a static that has upstream's name.

// Upstream documents `user.pii.username` as the key, which is not a field of these events. The key is the subject of the
// assignment, so that removing and granting a role again stay in order.

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
