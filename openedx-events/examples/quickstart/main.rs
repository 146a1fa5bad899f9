//! Declare an event, receive it, send it: `cargo run --example quickstart`
//!
//! The receivers are in `receivers.rs`. Nothing here names them: `#[receiver]` registers each by itself. The event bus is in
//! `bus.rs`.

mod bus;
mod receivers;

use openedx_events::learning::data::{CourseData, CourseEnrollmentData, UserData, UserPersonalData};
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use openedx_events::{EventData, signal};

/// What is known about a lent book.
#[derive(Clone, PartialEq, EventData)]
struct LoanData {
    title: String,
    days: i64,
    /// Who has it. Marked as personal data, so no log shows it.
    #[event_data(pii)]
    reader: String,
}

/// Sent when a book was lent. `BOOK_LENT` is its signal.
#[signal("org.example.library.book.lent.v1", key = loan.title)]
struct BookLent {
    loan: LoanData,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The processes of the event bus are this program too.
    if let Some(done) = bus::role() {
        return done;
    }
    // At start-up: provide what receivers take as `#[state]`, and check that nothing is missing.
    openedx_events::provide(receivers::Shelf::default())?;
    println!("{}\n", openedx_events::check()?);

    println!("1. An event of our own, to three receivers; one of them fails, the others run all the same:");
    let loan = LoanData { title: "Emma".into(), days: 90, reader: "Ada".into() };
    let responses = BOOK_LENT.send_event(BookLent { loan: loan.clone() });
    println!("   => {responses}\n");

    println!("2. A response for each receiver, and an event in a log has no personal data:");
    for response in responses.iter() {
        println!("   {:45} {:?}", response.receiver.path, response.result);
    }
    println!("   {:?}\n", BookLent { loan });

    println!("3. An event of Open edX, sent by its only field:");
    let responses = COURSE_ENROLLMENT_CREATED.send_event(enrollment()?);
    println!("   => {responses}\n");

    println!("4. The event bus, from process to process by way of a file:");
    bus::show()?;

    println!("5. What the compiler refuses. Uncomment a line in main.rs to see it:");
    // BOOK_LENT.send_event(enrollment()?);
    println!("   a wrong payload      `CourseEnrollmentData` is not the data of the event `BookLent`");
    // #[openedx_events::receiver(BOOK_LENT)] fn lend(laon: &LoanData) {}
    println!(
        "   a wrong parameter    no field `laon` on type `&BookLent`; a field with a similar name exists: `loan`"
    );
    // #[openedx_events::receiver(BOOK_LEND)] fn lend(loan: &LoanData) {}
    println!("   a wrong signal       cannot find value `BOOK_LEND`; help: `BOOK_LENT`");
    // #[signal("org.example.library.Book.lent.v1")] struct BookSold { loan: LoanData }
    println!("   a wrong event type   `Book` has an upper-case letter: write `book`");
    // #[signal("org.example.library.book.sold.v1", key = loan.days.n)] struct BookSold { loan: LoanData }
    println!("   a wrong key path     the key path leaves the records at `i64`");
    Ok(())
}

fn enrollment() -> Result<CourseEnrollmentData, Box<dyn std::error::Error>> {
    let pii = UserPersonalData::builder().username("ada").email("ada@example.org").name("Ada").build();
    let course = CourseData::builder()
        .course_key("course-v1:edX+DemoX+2026".parse()?)
        .display_name("Demonstration course")
        .build();
    Ok(CourseEnrollmentData::builder()
        .user(UserData::builder().id(7).is_active(true).pii(pii).build())
        .course(course)
        .mode("audit")
        .is_active(true)
        .creation_date("2026-11-21T12:00:00+00:00".parse()?)
        .build())
}
