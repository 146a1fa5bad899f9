//! The events of the enterprise subdomain. Each is a struct, with its signal as a static that has upstream's name.

// How the keys were chosen. Upstream documents none. Events with the same key stay in order on the bus, so the key is the
// id of the subject that has several events. A redemption has no id of its own; its key is the subsidy, whose account
// needs the order.

use super::data::{
    EnterpriseGroup, LearnerCreditEnterpriseCourseEnrollment, LedgerTransaction, SubsidyRedemption,
};
use crate::signal;

// Subsidies.

/// A subsidy has been used to pay for a learner's content.
#[signal(
    "org.openedx.enterprise.subsidy.redeemed.v1",
    key = redemption.subsidy_identifier,
    warning = "upstream knows of no service of Open edX that uses it, and may take it away: openedx-events issue 445"
)]
#[derive(Clone, PartialEq)]
pub struct SubsidyRedeemed {
    /// What was paid for.
    pub redemption: SubsidyRedemption,
}

/// The use of a subsidy has been undone.
#[signal(
    "org.openedx.enterprise.subsidy.redemption-reversed.v1",
    hyphenated,
    key = redemption.subsidy_identifier,
    warning = "upstream knows of no service of Open edX that uses it, and may take it away: openedx-events issue 445"
)]
#[derive(Clone, PartialEq)]
pub struct SubsidyRedemptionReversed {
    /// What had been paid for.
    pub redemption: SubsidyRedemption,
}

// Ledgers.

/// A transaction has been entered in a ledger. Nothing is settled yet.
#[signal(
    "org.openedx.enterprise.subsidy_ledger_transaction.created.v1",
    key = ledger_transaction.uuid,
    trigger_repository = "openedx/enterprise-subsidy"
)]
#[derive(Clone, PartialEq)]
pub struct LedgerTransactionCreated {
    /// The transaction.
    pub ledger_transaction: LedgerTransaction,
}

/// A transaction has gone through.
#[signal(
    "org.openedx.enterprise.subsidy_ledger_transaction.committed.v1",
    key = ledger_transaction.uuid,
    trigger_repository = "openedx/enterprise-subsidy"
)]
#[derive(Clone, PartialEq)]
pub struct LedgerTransactionCommitted {
    /// The transaction as it is now.
    pub ledger_transaction: LedgerTransaction,
}

/// A transaction has failed.
#[signal(
    "org.openedx.enterprise.subsidy_ledger_transaction.failed.v1",
    key = ledger_transaction.uuid,
    trigger_repository = "openedx/enterprise-subsidy"
)]
#[derive(Clone, PartialEq)]
pub struct LedgerTransactionFailed {
    /// The transaction as it is now.
    pub ledger_transaction: LedgerTransaction,
}

/// A transaction has been undone.
#[signal(
    "org.openedx.enterprise.subsidy_ledger_transaction.reversed.v1",
    key = ledger_transaction.uuid,
    trigger_repository = "openedx/enterprise-subsidy"
)]
#[derive(Clone, PartialEq)]
pub struct LedgerTransactionReversed {
    /// The transaction, with its reversal.
    pub ledger_transaction: LedgerTransaction,
}

// Learners.

/// An enrollment is not paid for by an enterprise's credit any more, mostly because the learner has left the course.
#[signal(
    "org.openedx.enterprise.learner_credit_course_enrollment.revoked.v1",
    key = learner_credit_course_enrollment.uuid,
    trigger_repository = "openedx/edx-enterprise"
)]
#[derive(Clone, PartialEq)]
pub struct LearnerCreditCourseEnrollmentRevoked {
    /// The enrollment, and how it was paid for.
    pub learner_credit_course_enrollment: LearnerCreditEnterpriseCourseEnrollment,
}

/// A group of an enterprise's learners has been deleted.
#[signal(
    "org.openedx.enterprise.enterprise_group.deleted.v1",
    key = enterprise_group.uuid,
    trigger_repository = "openedx/edx-enterprise"
)]
#[derive(Clone, PartialEq)]
pub struct EnterpriseGroupDeleted {
    /// The group that was deleted.
    pub enterprise_group: EnterpriseGroup,
}
