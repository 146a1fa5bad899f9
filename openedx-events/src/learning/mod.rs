//! The learning subdomain: actions of learners and teachers, and their results.
//!
//! The 37 events of upstream's `openedx_events.learning`, under the same names: structs and signals in [`signals`],
//! their data in [`data`]. The JSON and Avro forms are upstream's. With the feature `filters`, the module `filters` has 28 filters of
//! upstream's `openedx_filters.learning`.
//!
//! # Personal data
//!
//! These fields are marked as personal, and redacted in `Debug`, logs and the command line:
//!
//! - what identifies a person: user names, other names, email addresses, ids of the person outside of the platform, and
//!   public links to certificates with the person's name;
//! - what a person wrote or submitted, and what others wrote about it: posts, answers and their files, a grader's message;
//! - what may contain either: the content of notifications, the other parameters of an LTI launch.
//!
//! Ids of users in the platform's own database are not marked, because upstream does not regard them as personal either.
//! The same applies to facts about a person who is not named, such as grades and roles.
//!
//! On the bus all fields are written in plain text. The key of [`StudentRegistrationCompleted`] and
//! [`SessionLoginCompleted`] is a user name, so everyone who sees keys sees it.
//!
//! [`StudentRegistrationCompleted`]: signals::StudentRegistrationCompleted
//! [`SessionLoginCompleted`]: signals::SessionLoginCompleted
//!
//! # Examples
//!
//! ```standalone_crate
//! # // Compiled alone: together with other examples, this receiver would receive their events, too.
//! use openedx_events::learning::data::{CourseData, CourseEnrollmentData, UserData, UserPersonalData};
//! use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
//! use openedx_events::receiver;
//!
//! #[receiver(COURSE_ENROLLMENT_CREATED)]
//! fn welcome(enrollment: &CourseEnrollmentData) {
//!     println!("{} is in {}", enrollment.user.pii.username, enrollment.course.course_key);
//! }
//!
//! let user = UserPersonalData::builder().username("ada").email("ada@example.org").build();
//! let enrollment = CourseEnrollmentData::builder()
//!     .user(UserData::builder().id(7).is_active(true).pii(user).build())
//!     .course(CourseData::builder().course_key("course-v1:edX+DemoX+2026".parse()?).build())
//!     .mode("audit")
//!     .is_active(true)
//!     .creation_date("2026-01-31T12:00:00+00:00".parse()?)
//!     .build();
//! let responses = COURSE_ENROLLMENT_CREATED.send_event(enrollment);
//! assert_eq!(responses.len(), 1);
//! assert!(responses.is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod data;
#[cfg(feature = "filters")]
#[cfg_attr(docsrs, doc(cfg(feature = "filters")))]
pub mod filters;
pub mod signals;
