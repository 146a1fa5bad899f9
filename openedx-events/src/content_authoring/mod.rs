//! The content_authoring subdomain: what course teams make of courses, libraries and the blocks in them.
//!
//! The 27 events of upstream's `openedx_events.content_authoring`, under the same names: structs and signals in
//! [`signals`], what they carry in [`data`]. The JSON and Avro forms are upstream's.
//!
//! The two events of certificates' configurations hold pictures, which have no form on the bus, upstream's or ours. They
//! are sent and received within a program.
//!
//! # Personal data
//!
//! Marked as personal, and so redacted in `Debug`, logs and the command line, is who signs certificates: the name and
//! the picture of the signature. Everything else is content, and the names that teams gave to it.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // On its own: in one program with the other examples, this receiver would hear what they send too.
//! use openedx_events::content_authoring::data::XBlockData;
//! use openedx_events::content_authoring::signals::{XBLOCK_DELETED, XBLOCK_PUBLISHED};
//! use openedx_events::receiver;
//!
//! #[receiver(XBLOCK_PUBLISHED, XBLOCK_DELETED)]
//! fn index(xblock_info: &XBlockData) {
//!     println!("{} {}", xblock_info.block_type, xblock_info.usage_key);
//! }
//!
//! let xblock_info = XBlockData::builder()
//!     .usage_key("block-v1:edX+DemoX+2026+type@vertical+block@u1".parse()?)
//!     .block_type("vertical")
//!     .build();
//! assert!(XBLOCK_PUBLISHED.send_event(xblock_info).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod data;
pub mod signals;
