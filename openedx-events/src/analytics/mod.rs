//! The analytics subdomain: what the platform notes of everything that its users do.
//!
//! The event of upstream's `openedx_events.analytics`, under the same names: its struct and signal in [`signals`], what
//! it carries in [`data`]. The JSON and Avro forms are upstream's.
//!
//! # Personal data
//!
//! Marked as personal, and so redacted in `Debug`, logs and the command line, are the two texts that hold the entry
//! itself: what was done may hold anything that a user wrote, and the context of it has the name of the account and the
//! address that the request came from. On the bus both are written as they are.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // On its own: in one program with the other examples, this receiver would hear what they send too.
//! use openedx_events::analytics::data::TrackingLogData;
//! use openedx_events::analytics::signals::TRACKING_EVENT_EMITTED;
//! use openedx_events::receiver;
//!
//! #[receiver(TRACKING_EVENT_EMITTED)]
//! fn count(tracking_log: &TrackingLogData) {
//!     println!("{} at {}", tracking_log.name, tracking_log.timestamp);
//! }
//!
//! let tracking_log = TrackingLogData::builder()
//!     .name("edx.video.played")
//!     .timestamp("2026-01-31T12:00:00+00:00".parse()?)
//!     .data(r#"{"id": "v1", "currentTime": 12.5}"#)
//!     .context(r#"{"username": "ada", "ip": "192.0.2.7"}"#)
//!     .build();
//! assert!(TRACKING_EVENT_EMITTED.send_event(tracking_log).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod data;
pub mod signals;
