//! Content libraries, those that Open edX calls v2, and what is in them.

use bon::Builder;

use crate::EventData;
use crate::keys::{
    LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2, LibraryUsageLocatorV2,
};

/// A content library.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[non_exhaustive]
pub struct ContentLibraryData {
    /// Which library it is.
    pub library_key: LibraryLocatorV2,
    /// Whether its blocks are to be indexed anew. Upstream advises against it: each block has events of its own.
    #[event_data(default)]
    #[builder(default)]
    pub update_blocks: bool,
}

/// A block of a content library.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[non_exhaustive]
pub struct LibraryBlockData {
    /// The library that it is in.
    pub library_key: LibraryLocatorV2,
    /// Which block it is.
    pub usage_key: LibraryUsageLocatorV2,
}

/// A collection: content of a library that was put together, without being moved.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[non_exhaustive]
pub struct LibraryCollectionData {
    /// Which collection it is.
    pub collection_key: LibraryCollectionLocator,
    /// Whether the sender wanted receivers to do the work later. Upstream advises against it: senders of many events
    /// send them from the background.
    #[event_data(default)]
    #[builder(default)]
    pub background: bool,
}

/// A container of a library: what holds blocks or other containers, such as a unit or a section.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[non_exhaustive]
pub struct LibraryContainerData {
    /// Which container it is.
    pub container_key: LibraryContainerLocator,
    /// Whether the sender wanted receivers to do the work later. Upstream advises against it: senders of many events
    /// send them from the background.
    #[event_data(default)]
    #[builder(default)]
    pub background: bool,
}
