//! How the certificates of a course are to look.

use bon::Builder;

use crate::EventData;
use crate::data::BinaryFile;
use crate::keys::CourseKey;

/// Somebody who signs the certificates of a course.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde, in_process)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CertificateSignatoryData {
    /// The picture of the signature.
    #[event_data(pii)]
    #[builder(into)]
    pub image: BinaryFile,
    /// The name of who signs.
    #[event_data(pii)]
    pub name: String,
    /// The organization for which they sign.
    pub organization: String,
    /// What they are in that organization.
    pub title: String,
}

/// How the certificates of a course are set up.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde, in_process)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CertificateConfigData {
    /// For which enrollments they are: one of the modes that end in a certificate, such as `verified`, `professional`,
    /// `credit` or `masters`.
    pub certificate_type: String,
    /// The course.
    pub course_key: CourseKey,
    /// The title that they bear.
    pub title: String,
    /// Who signs them.
    #[event_data(default)]
    #[builder(default)]
    pub signatories: Vec<CertificateSignatoryData>,
    /// Whether they are given out.
    #[event_data(default)]
    #[builder(default)]
    pub is_active: bool,
}
