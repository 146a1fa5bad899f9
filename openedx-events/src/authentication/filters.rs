//! The filters of the authentication subdomain. Each is a struct, with its filter as a static.
//!
//! [Filters](crate::filters#the-filters-of-open-edx) says what the filters of all subdomains have in common.

use crate::filter;
use crate::filters::Context;
use crate::learning::data::UserData;

/// Run before the page with the forms for signing in and for registering is rendered by the LMS.
///
/// [`AuthnMFEContextGenerated`] is its counterpart for the micro-frontend.
#[filter("org.openedx.authentication.logistration_view.context.generated.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct LogistrationViewContextGenerated {
    /// What the page is rendered with.
    pub context: Context,
}

/// Run before the micro-frontend for signing in is given its context.
///
/// A caller may know how to serve certain members only. Steps change these in `context`, and put new ones into
/// `extra_context`.
#[filter("org.openedx.authentication.mfe.context.generated.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct AuthnMFEContextGenerated {
    /// The members that the caller knows.
    pub context: Context,
    /// Further members. The caller decides how to serve them.
    pub extra_context: Context,
}

/// Run after a user has signed in, before the browser is sent on.
#[filter("org.openedx.authentication.login.alt_redirect_url.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct LoginAltRedirectURLRequested {
    /// Where the browser is sent. A step that sends it elsewhere can keep this address there as the next one.
    pub redirect_url: String,
    /// Who has signed in.
    pub user: UserData,
}

/// Run before the email by which a user activates an account is written.
#[filter("org.openedx.authentication.account_activation.email.context.generated.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct AccountActivationEmailContextGenerated {
    /// Whose account it is.
    pub user: UserData,
    /// What the email is rendered with.
    pub message_context: Context,
}
