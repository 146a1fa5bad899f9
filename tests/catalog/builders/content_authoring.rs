//! Of the content_authoring subdomain.

use openedx_events::content_authoring::data::{
    CertificateConfigData, ContentLibraryData, ContentObjectChangedData, CourseCatalogData,
    CourseScheduleData, DuplicatedXBlockData, LibraryCollectionData, LibraryContainerData, XBlockData,
};
use serde_json::Value;

use super::json;

/// Each class that has defaults, without them, in upstream's order.
pub(super) fn with_required_fields_only() -> Vec<(&'static str, Value)> {
    let course_key = || "course-v1:edX+DemoX+2026".parse().expect("a key");
    let usage_key = || "block-v1:edX+DemoX+2026+type@problem+block@p1".parse().expect("a key");
    let schedule = || {
        let start = "2026-01-31T12:00:00+00:00".parse().expect("a datetime");
        CourseScheduleData::builder().start(start).pacing("self").build()
    };
    vec![
        json("CourseScheduleData", schedule()),
        json(
            "CourseCatalogData",
            CourseCatalogData::builder().course_key(course_key()).name("n").schedule_data(schedule()).build(),
        ),
        json("XBlockData", XBlockData::builder().usage_key(usage_key()).block_type("problem").build()),
        json(
            "DuplicatedXBlockData",
            DuplicatedXBlockData::builder()
                .usage_key(usage_key())
                .block_type("problem")
                .source_usage_key(usage_key())
                .build(),
        ),
        json(
            "CertificateConfigData",
            CertificateConfigData::builder()
                .certificate_type("verified")
                .course_key(course_key())
                .title("t")
                .build(),
        ),
        json(
            "ContentLibraryData",
            ContentLibraryData::builder().library_key("lib:edX:demo".parse().expect("a key")).build(),
        ),
        json(
            "ContentObjectChangedData",
            ContentObjectChangedData::builder().object_id("lib:edX:demo").build(),
        ),
        json(
            "LibraryCollectionData",
            LibraryCollectionData::builder()
                .collection_key("lib-collection:edX:demo:c1".parse().expect("a key"))
                .build(),
        ),
        json(
            "LibraryContainerData",
            LibraryContainerData::builder()
                .container_key("lct:edX:demo:unit:u1".parse().expect("a key"))
                .build(),
        ),
    ]
}
