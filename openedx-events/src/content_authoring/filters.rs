//! The filter of the content_authoring subdomain: a struct, with its filter as a static.
//!
//! [Filters](crate::filters#the-filters-of-open-edx) says what the filters of all subdomains have in common.

use crate::filter;

/// Run when Studio needs the address of a page in the LMS.
#[filter("org.openedx.content_authoring.lms.page.url.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct LMSPageURLRequested {
    /// The address of the page.
    pub url: String,
    /// The organization of the course, by which the settings of its site are found.
    pub org: String,
}
