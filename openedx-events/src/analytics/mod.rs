//! The analytics subdomain: the tracking log of everything that users do.
//!
//! The event of upstream's `openedx_events.analytics`, under the same names: its struct and signal in [`signals`], its
//! data in [`data`]. The JSON and Avro forms are upstream's.
//!
//! # Personal data
//!
//! The two strings with the entry itself are marked as personal: `data` may contain anything that a user wrote, and `context`
//! has the user name and the IP address. They are redacted in `Debug`, logs and the command line. On the bus both are
//! written in plain text.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // Compiled alone: together with other examples, this receiver would receive their events, too.
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
