//! What is encoded and decoded: a small event, a full one and a large one.

use openedx_events::content_authoring::data::XBlockData;
use openedx_events::content_authoring::signals::XblockDeleted;
use openedx_events::learning::data::{
    CourseData, CourseEnrollmentData, DiscussionThreadData, UserData, UserPersonalData,
};
use openedx_events::learning::signals::{CourseEnrollmentCreated, ForumThreadCreated};
use serde::{Deserialize, Serialize};

use crate::{Names, by_hand, names};

/// How an event goes through the codecs that are not ours.
pub(crate) struct Payload<E, S> {
    pub(crate) names: Names,
    pub(crate) encode_by_hand: fn(&E, &mut Vec<u8>),
    pub(crate) decode_by_hand: fn(&[u8]) -> E,
    /// The same with serde's traits, which the data classes have and events have not.
    pub(crate) to_serde: fn(&E) -> S,
    pub(crate) of_serde: fn(S) -> E,
}

// apache-avro asks for the name that the schema has.
#[derive(Serialize, Deserialize)]
#[serde(rename = "CloudEvent")]
pub(crate) struct WithXBlock {
    xblock_info: XBlockData,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "CloudEvent")]
pub(crate) struct WithEnrollment {
    enrollment: CourseEnrollmentData,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "CloudEvent")]
pub(crate) struct WithThread {
    thread: DiscussionThreadData,
}

pub(crate) static SMALL: Payload<XblockDeleted, WithXBlock> = Payload {
    names: names!("small"),
    encode_by_hand: |event, out| by_hand::encode_xblock(event, out),
    decode_by_hand: |bytes| by_hand::decode_xblock(bytes).expect("our bytes"),
    to_serde: |event| WithXBlock { xblock_info: event.xblock_info.clone() },
    of_serde: |same| XblockDeleted { xblock_info: same.xblock_info },
};

pub(crate) static FULL: Payload<CourseEnrollmentCreated, WithEnrollment> = Payload {
    names: names!("full"),
    encode_by_hand: |event, out| by_hand::encode_enrollment(event, out).expect("it has a form"),
    decode_by_hand: |bytes| by_hand::decode_enrollment(bytes).expect("our bytes"),
    to_serde: |event| WithEnrollment { enrollment: event.enrollment.clone() },
    of_serde: |same| CourseEnrollmentCreated { enrollment: same.enrollment },
};

pub(crate) static LARGE: Payload<ForumThreadCreated, WithThread> = Payload {
    names: names!("large"),
    encode_by_hand: |event, out| by_hand::encode_thread(event, out),
    decode_by_hand: |bytes| by_hand::decode_thread(bytes).expect("our bytes"),
    to_serde: |event| WithThread { thread: event.thread.clone() },
    of_serde: |same| ForumThreadCreated { thread: same.thread },
};

/// `org.openedx.content_authoring.xblock.deleted.v1`
pub(crate) fn small() -> XblockDeleted {
    let xblock_info = XBlockData::builder()
        .usage_key("block-v1:edX+DemoX+Demo_Course+type@problem+block@0270f6de40fc".parse().expect("a key"))
        .block_type("problem")
        .build();
    XblockDeleted { xblock_info }
}

fn user(id: i64, username: &str, name: &str) -> UserData {
    let pii = UserPersonalData::builder()
        .username(username)
        .email(format!("{username}@example.com"))
        .name(name)
        .build();
    UserData::builder().id(id).is_active(true).pii(pii).build()
}

/// `org.openedx.learning.course.enrollment.created.v1` with every optional field
pub(crate) fn full() -> CourseEnrollmentCreated {
    let datetime = |text: &str| text.parse().expect("a datetime");
    let course = CourseData::builder()
        .course_key("course-v1:edX+DemoX+Demo_Course".parse().expect("a key"))
        .display_name("Demonstration Course")
        .start(datetime("2026-01-01T00:00:00+00:00"))
        .end(datetime("2026-12-31T23:59:59+00:00"))
        .build();
    let enrollment = CourseEnrollmentData::builder()
        .user(user(42_000_017, "ada_lovelace", "Ada Lovelace"))
        .course(course)
        .mode("verified")
        .is_active(true)
        .creation_date(datetime("2026-11-20T12:34:56.789012+00:00"))
        .created_by(user(7, "staff_member", "Grace Hopper"))
        .build();
    CourseEnrollmentCreated { enrollment }
}

/// `org.openedx.learning.forum.thread.created.v1` of about 10 kB
pub(crate) fn large() -> ForumThreadCreated {
    let body = "<p>Why does the third problem of week two ask for a matrix? I have tried a vector.</p>\n"
        .repeat(112);
    let thread = DiscussionThreadData::builder()
        .body(body)
        .commentable_id("i4x-edX-DemoX-course-Demo_Course")
        .id("660c4bb3e9c5c1001e1a3f5b")
        .truncated(false)
        .url("https://lms.example.com/courses/course-v1:edX+DemoX+Demo_Course/discussion/forum/threads/660c4bb3")
        .user(user(42_000_017, "ada_lovelace", "Ada Lovelace"))
        .course_id("course-v1:edX+DemoX+Demo_Course".parse().expect("a key"))
        .thread_type("question")
        .anonymous(false)
        .anonymous_to_peers(false)
        .title("Week two, problem three")
        .title_truncated(false)
        .group_id(3)
        .category_id(1_000)
        .category_name("Week 2")
        .discussion([("id", "660c4bb3e9c5c1001e1a3f5b"), ("title", "Week two")].map(|(key, value)| (key.to_owned(), value.to_owned())))
        .user_course_roles(vec!["Student".to_owned(), "Beta Tester".to_owned()])
        .user_forums_roles(vec!["Student".to_owned()])
        .options([("followed".to_owned(), true)])
        .build();
    ForumThreadCreated { thread }
}
