//! The events of the content_authoring subdomain. Each is a struct, with its signal as a static that has upstream's name.

// How the keys were chosen. Events with the same key stay in order on the bus. If upstream documents a key that names a
// field, it is that one. If it documents none, or one that names no field (for an imported and a rerun course), it is the
// opaque key of the subject of the event.

use super::data::{
    CertificateConfigData, ContentLibraryData, ContentObjectChangedData, ContentObjectData,
    CourseCatalogData, CourseData, DuplicatedXBlockData, LibraryBlockData, LibraryCollectionData,
    LibraryContainerData, XBlockData,
};
use crate::signal;

// Courses.

/// A run of a course has been made.
#[signal(
    "org.openedx.content_authoring.course.created.v1",
    key = course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseCreated {
    /// The course.
    pub course: CourseData,
}

/// A run of a course has changed in what catalogs show of it.
#[signal(
    "org.openedx.content_authoring.course.catalog_info.changed.v1",
    key = catalog_info.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseCatalogInfoChanged {
    /// What they are to show now.
    pub catalog_info: CourseCatalogData,
}

/// The content of a course has been replaced by that of an imported file.
#[signal(
    "org.openedx.content_authoring.course.import.completed.v1",
    key = course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseImportCompleted {
    /// The course that was imported into.
    pub course: CourseData,
}

/// A run of a course has been made as a copy of an earlier one.
#[signal(
    "org.openedx.content_authoring.course.rerun.completed.v1",
    key = course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseRerunCompleted {
    /// The course.
    pub course: CourseData,
}

/// The certificates of a course have been set up, or set up differently.
#[signal(
    "org.openedx.content_authoring.course.certificate_config.changed.v1",
    key = certificate_config.course_key,
    in_process = "it holds pictures of signatures, and a file has no form on the event bus",
    warning = "upstream knows of no service of Open edX that uses it, and may take it away: openedx-events issue 445"
)]
#[derive(Clone, PartialEq)]
pub struct CourseCertificateConfigChanged {
    /// How they are set up now.
    pub certificate_config: CertificateConfigData,
}

/// A configuration of a course's certificates has been deleted.
#[signal(
    "org.openedx.content_authoring.course.certificate_config.deleted.v1",
    key = certificate_config.course_key,
    in_process = "it holds pictures of signatures, and a file has no form on the event bus",
    warning = "upstream knows of no service of Open edX that uses it, and may take it away: openedx-events issue 445"
)]
#[derive(Clone, PartialEq)]
pub struct CourseCertificateConfigDeleted {
    /// How they had been set up.
    pub certificate_config: CertificateConfigData,
}

// Blocks of courses.

/// A block has been added to a course.
#[signal(
    "org.openedx.content_authoring.xblock.created.v1",
    key = xblock_info.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct XblockCreated {
    /// The block.
    pub xblock_info: XBlockData,
}

/// A block of a course has been changed. Learners see that once it is published.
#[signal(
    "org.openedx.content_authoring.xblock.updated.v1",
    key = xblock_info.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct XblockUpdated {
    /// The block.
    pub xblock_info: XBlockData,
}

/// A block of a course has been published, with all that is in it: a section whose units changed is one event, not
/// several.
#[signal(
    "org.openedx.content_authoring.xblock.published.v1",
    key = xblock_info.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct XblockPublished {
    /// The block that was published as a whole.
    pub xblock_info: XBlockData,
}

/// A block of a course has been deleted.
#[signal(
    "org.openedx.content_authoring.xblock.deleted.v1",
    key = xblock_info.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct XblockDeleted {
    /// The block that was deleted.
    pub xblock_info: XBlockData,
}

/// A block of a course has been copied.
#[signal(
    "org.openedx.content_authoring.xblock.duplicated.v1",
    key = xblock_info.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct XblockDuplicated {
    /// The copy, and what it was made from.
    pub xblock_info: DuplicatedXBlockData,
}

// Content libraries.

/// A content library has been made.
#[signal(
    "org.openedx.content_authoring.content_library.created.v1",
    key = content_library.library_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct ContentLibraryCreated {
    /// The library.
    pub content_library: ContentLibraryData,
}

/// A content library itself has changed, such as in its name. What happens to the content in it has events of its own.
#[signal(
    "org.openedx.content_authoring.content_library.updated.v1",
    key = content_library.library_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct ContentLibraryUpdated {
    /// The library.
    pub content_library: ContentLibraryData,
}

/// A content library has been deleted.
#[signal(
    "org.openedx.content_authoring.content_library.deleted.v1",
    key = content_library.library_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct ContentLibraryDeleted {
    /// The library that was deleted.
    pub content_library: ContentLibraryData,
}

/// A block has been added to a library.
#[signal(
    "org.openedx.content_authoring.library_block.created.v1",
    key = library_block.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryBlockCreated {
    /// The block.
    pub library_block: LibraryBlockData,
}

/// The draft of a library's block has been changed.
#[signal(
    "org.openedx.content_authoring.library_block.updated.v1",
    key = library_block.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryBlockUpdated {
    /// The block.
    pub library_block: LibraryBlockData,
}

/// The draft of a library's block has been deleted.
#[signal(
    "org.openedx.content_authoring.library_block.deleted.v1",
    key = library_block.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryBlockDeleted {
    /// The block.
    pub library_block: LibraryBlockData,
}

/// The draft of a library's block has been published, be it that the block is gone.
#[signal(
    "org.openedx.content_authoring.library_block.published.v1",
    key = library_block.usage_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryBlockPublished {
    /// The block.
    pub library_block: LibraryBlockData,
}

/// A collection has been made in a library.
#[signal(
    "org.openedx.content_authoring.content_library.collection.created.v1",
    key = library_collection.collection_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryCollectionCreated {
    /// The collection.
    pub library_collection: LibraryCollectionData,
}

/// A collection of a library has changed.
#[signal(
    "org.openedx.content_authoring.content_library.collection.updated.v1",
    key = library_collection.collection_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryCollectionUpdated {
    /// The collection.
    pub library_collection: LibraryCollectionData,
}

/// A collection of a library has been deleted.
#[signal(
    "org.openedx.content_authoring.content_library.collection.deleted.v1",
    key = library_collection.collection_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryCollectionDeleted {
    /// The collection that was deleted.
    pub library_collection: LibraryCollectionData,
}

/// A container has been added to a library.
#[signal(
    "org.openedx.content_authoring.content_library.container.created.v1",
    key = library_container.container_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryContainerCreated {
    /// The container.
    pub library_container: LibraryContainerData,
}

/// A container of a library has changed.
#[signal(
    "org.openedx.content_authoring.content_library.container.updated.v1",
    key = library_container.container_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryContainerUpdated {
    /// The container.
    pub library_container: LibraryContainerData,
}

/// A container of a library has been deleted.
#[signal(
    "org.openedx.content_authoring.content_library.container.deleted.v1",
    key = library_container.container_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryContainerDeleted {
    /// The container that was deleted.
    pub library_container: LibraryContainerData,
}

/// The draft of a library's container has been published, be it that the container is gone.
#[signal(
    "org.openedx.content_authoring.content_library.container.published.v1",
    key = library_container.container_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LibraryContainerPublished {
    /// The container.
    pub library_container: LibraryContainerData,
}

// Content of any kind.

/// What belongs to a piece of content has changed, such as its tags or its collections.
#[signal(
    "org.openedx.content_authoring.content.object.associations.changed.v1",
    key = content_object.object_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct ContentObjectAssociationsChanged {
    /// The content, and what has changed.
    pub content_object: ContentObjectChangedData,
}

/// The tags of a piece of content have changed.
#[signal(
    "org.openedx.content_authoring.content.object.tags.changed.v1",
    key = content_object.object_id,
    warning = "upstream asks for CONTENT_OBJECT_ASSOCIATIONS_CHANGED in its place"
)]
#[derive(Clone, PartialEq)]
pub struct ContentObjectTagsChanged {
    /// The content.
    pub content_object: ContentObjectData,
}
