//! The content_authoring subdomain: changes of courses, libraries and their blocks by course teams.
//!
//! The 27 events of upstream's `openedx_events.content_authoring`, under the same names: structs and signals in
//! [`signals`], their data in [`data`]. The JSON and Avro forms are upstream's. With the feature `filters`, the module `filters` has
//! the filter of upstream's `openedx_filters.content_authoring`.
//!
//! The two events about the configuration of certificates contain image files, which neither upstream nor this crate can
//! send on the bus. These events stay within a program.
//!
//! # Personal data
//!
//! The signatories of certificates are marked as personal: their names and the images of their signatures. They are redacted
//! in `Debug`, logs and the command line. Everything else is content, and names of content.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // Compiled alone: together with other examples, this receiver would receive their events, too.
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
#[cfg(feature = "filters")]
#[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
pub mod filters;
pub mod signals;
