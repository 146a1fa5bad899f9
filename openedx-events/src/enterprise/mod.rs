//! The enterprise subdomain: organizations that pay for the courses of their learners.
//!
//! The 8 events of upstream's `openedx_events.enterprise`, under the same names: structs and signals in [`signals`],
//! their data in [`data`]. The JSON and Avro forms are upstream's.
//!
//! # Personal data
//!
//! Nothing is marked as personal. Users appear only by their ids in the platform's own database, which upstream does not
//! regard as personal either, together with facts about a person who is not named.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // Compiled alone: together with other examples, this receiver would receive their events, too.
//! use openedx_events::enterprise::data::LedgerTransaction;
//! use openedx_events::enterprise::signals::LEDGER_TRANSACTION_CREATED;
//! use openedx_events::receiver;
//!
//! #[receiver(LEDGER_TRANSACTION_CREATED)]
//! fn book(ledger_transaction: &LedgerTransaction) {
//!     println!("{}: {}", ledger_transaction.content_key, ledger_transaction.quantity);
//! }
//!
//! let ledger_transaction = LedgerTransaction::builder()
//!     .uuid("0195b3a4-7c2e-7d00-8000-000000000001".parse()?)
//!     .created("2026-01-31T12:00:00+00:00".parse()?)
//!     .modified("2026-01-31T12:00:00+00:00".parse()?)
//!     .idempotency_key("redeem-7-DemoX")
//!     .quantity(-9_900)
//!     .state("created")
//!     .ledger_uuid("0195b3a4-7c2e-7d00-8000-000000000002".parse()?)
//!     .subsidy_access_policy_uuid("0195b3a4-7c2e-7d00-8000-000000000003".parse()?)
//!     .lms_user_id(7)
//!     .content_key("course-v1:edX+DemoX+2026".parse()?)
//!     .build();
//! assert!(LEDGER_TRANSACTION_CREATED.send_event(ledger_transaction).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod data;
pub mod signals;
