//! Certificates and badges.

use bon::Builder;
use chrono::{DateTime, FixedOffset};

use super::{CourseData, UserData};
use crate::EventData;

/// A certificate of a course.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CertificateData {
    /// Whose certificate it is.
    pub user: UserData,
    /// The course that it is for.
    pub course: CourseData,
    /// On what terms the user was enrolled, such as `honor` or `verified`.
    pub mode: String,
    /// The grade that it states: a fraction, as text.
    pub grade: String,
    /// Where its PDF is; empty if it has none. Who holds the link can read it.
    #[event_data(pii)]
    pub download_url: String,
    /// The name that it is made out to.
    #[event_data(pii)]
    pub name: String,
    /// What has become of it, such as `downloadable`, `notpassing` or `unavailable`.
    pub current_status: String,
    /// What had become of it before; empty if that is not known.
    #[event_data(default)]
    #[builder(default)]
    pub previous_status: String,
}

/// A program: several courses that lead to one certificate.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ProgramData {
    /// Its id in the catalog of courses.
    pub uuid: String,
    /// Its title.
    pub title: String,
    /// The short name of its kind, such as `micromasters` or `professional-certificate`.
    pub program_type: String,
}

/// A certificate of a program.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ProgramCertificateData {
    /// Whose certificate it is.
    pub user: UserData,
    /// The program that it is for.
    pub program: ProgramData,
    /// The id of the certificate.
    pub uuid: String,
    /// What has become of it: `awarded` or `revoked`.
    pub status: String,
    /// Where its page is. Who holds the link can read it.
    #[event_data(pii)]
    pub url: String,
    /// From when on the user may see it, if it is to be kept back.
    pub certificate_available_date: Option<DateTime<FixedOffset>>,
}

/// The kind of a badge: what all those who have it have in common.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct BadgeTemplateData {
    /// Its id.
    pub uuid: String,
    /// The service that issues badges of this kind, such as `credly`.
    pub origin: String,
    /// What it is called.
    pub name: Option<String>,
    /// What it is given for.
    pub description: Option<String>,
    /// Where its picture is.
    pub image_url: Option<String>,
}

/// A badge of a user.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct BadgeData {
    /// The id of this one badge.
    pub uuid: String,
    /// Whose badge it is.
    pub user: UserData,
    /// What kind of badge it is.
    pub template: BadgeTemplateData,
}
