//! The learning subdomain: what learners and their teachers do, and what the platform makes of it.
//!
//! The 37 events of upstream's `openedx_events.learning`, under the same names: structs and signals in [`signals`],
//! what they carry in [`data`]. The JSON and Avro forms are upstream's.
//!
//! # Personal data
//!
//! Marked as personal, and so redacted in `Debug`, logs and the command line, is
//!
//! - what tells who somebody is: account names, names of any kind, email addresses, the ids that stand for a person
//!   outside the platform, and links at which a certificate with a person's name is open to all;
//! - what somebody wrote or handed in, and what is said of it in words: posts, answers and their files, a grader's
//!   message;
//! - what may hold either: the texts for notifications, the other parameters of an LTI launch.
//!
//! Not marked are the numbers of users in the platform's own database, which upstream too counts as not personal, and
//! facts about a person who is not named, such as grades and roles.
//!
//! On the bus all of it is written as it is. The key of [`StudentRegistrationCompleted`] and [`SessionLoginCompleted`],
//! which is a name of an account, is seen by whoever sees keys.
//!
//! [`StudentRegistrationCompleted`]: signals::StudentRegistrationCompleted
//! [`SessionLoginCompleted`]: signals::SessionLoginCompleted
//!
//! # Examples
//!
//! ```standalone_crate
//! # // On its own: in one program with the other examples, this receiver would hear what they send too.
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
pub mod signals;
