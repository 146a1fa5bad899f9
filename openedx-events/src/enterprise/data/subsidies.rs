//! Subsidies, and the ledgers that keep account of them.

use bon::Builder;
use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use crate::EventData;
use crate::keys::CourseKey;

/// The use of a subsidy: a learner gets content that somebody else pays for.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct SubsidyRedemption {
    /// The id of the subsidy.
    pub subsidy_identifier: String,
    /// The content, by its key.
    pub content_key: String,
    /// The number of the learner in the platform's database.
    pub lms_user_id: i64,
}

/// The undoing of a [`LedgerTransaction`], such as for a refund.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct LedgerTransactionReversal {
    /// The id of the reversal.
    pub uuid: Uuid,
    /// When its record was made.
    pub created: DateTime<FixedOffset>,
    /// When its record was last changed.
    pub modified: DateTime<FixedOffset>,
    /// A text by which who asked for it makes sure that it is done once.
    pub idempotency_key: String,
    /// How much is moved back, in the ledger's unit, such as US cents.
    pub quantity: i64,
    /// How far it has come: `created`, `pending`, `committed` or `failed`.
    pub state: String,
}

/// A movement of value into a ledger or out of it, such as for the enrollment of a learner.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct LedgerTransaction {
    /// The id of the transaction.
    pub uuid: Uuid,
    /// When its record was made.
    pub created: DateTime<FixedOffset>,
    /// When its record was last changed.
    pub modified: DateTime<FixedOffset>,
    /// A text by which who asked for it makes sure that it is done once.
    pub idempotency_key: String,
    /// How much is moved, in the ledger's unit, such as US cents.
    pub quantity: i64,
    /// How far it has come: `created`, `pending`, `committed` or `failed`.
    pub state: String,
    /// The id of the ledger.
    pub ledger_uuid: Uuid,
    /// The id of the policy by which the learner may use the subsidy.
    pub subsidy_access_policy_uuid: Uuid,
    /// The number of the learner in the platform's database.
    pub lms_user_id: i64,
    /// The run of a course that is paid for.
    pub content_key: CourseKey,
    /// The course that the run is one of, by its key.
    pub parent_content_key: Option<String>,
    /// The id of the enrollment that it paid for, once that is made.
    pub fulfillment_identifier: Option<String>,
    /// Its undoing, if it has been undone.
    pub reversal: Option<LedgerTransactionReversal>,
}
