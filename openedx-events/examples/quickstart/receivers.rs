//! The receivers of the quickstart. A parameter is a field of the event, taken by its name.

use std::sync::Mutex;

use openedx_events::learning::data::CourseEnrollmentData;
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use openedx_events::{AnyEvent, EventsMetadata, receiver};

use crate::{BOOK_LENT, LoanData};

/// What the application provides.
#[derive(Default)]
pub(crate) struct Shelf {
    lent: Mutex<Vec<String>>,
}

#[receiver(BOOK_LENT)]
fn take_from_shelf(loan: &LoanData, #[state] shelf: &Shelf) -> Result<(), String> {
    let mut lent = shelf.lent.lock().map_err(|_| "the shelf is in disorder")?;
    lent.push(loan.title.clone());
    println!("   take_from_shelf: {:?} are lent", *lent);
    Ok(())
}

#[receiver(BOOK_LENT, priority = 10)]
fn refuse_long_loans(loan: &LoanData) -> Result<(), String> {
    if loan.days > 30 { Err(format!("{} days are too long", loan.days)) } else { Ok(()) }
}

#[receiver(COURSE_ENROLLMENT_CREATED)]
fn welcome(enrollment: &CourseEnrollmentData, metadata: &EventsMetadata) {
    println!(
        "   welcome: user {} to {} at {}",
        enrollment.user.id,
        enrollment.course.course_key,
        metadata.time()
    );
}

/// Receives every event.
#[receiver(any)]
fn audit(event: &dyn AnyEvent, metadata: &EventsMetadata) {
    println!("   audit: {} {}", metadata.event_type(), event.key().unwrap_or_default());
}
