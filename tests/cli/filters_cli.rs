//! A program with filters and steps, and the commands of openedx-events.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use openedx_events::{filter, pipeline_step, provide, signal};
use serde::Deserialize;

/// A book was lent.
#[signal("org.example.library.loan.created.v1")]
#[derive(Clone)]
pub struct LoanCreated {
    /// The book.
    pub title: String,
}

/// Why a book is not lent.
#[derive(Debug)]
pub enum LoanHalt {
    /// The reader is told so.
    PreventLoan {
        /// What the reader is told.
        message: String,
    },
}

/// Run before a book is lent.
///
/// The desk and the machine at the door run it with the card that was read, and lend the book for the days that are left; this
/// sentence goes on until it is too long for one line.
#[filter("org.example.library.loan.started.v1", halts = LoanHalt)]
#[derive(Clone)]
pub struct LoanStarted {
    /// The book.
    pub title: String,
    /// For how long, if the library is <open> then.
    pub days: Option<u32>,
    /// The number behind the card.
    pin: String,
}

/// Run before a receipt is printed.
#[filter("org.example.library.receipt.requested.v1", async)]
#[derive(Clone)]
pub struct ReceiptRequested {
    /// What is printed.
    pub text: String,
}

/// Run when a shelf gets its sign.
#[filter("org.example.library.sign.requested.v1")]
#[derive(Clone)]
pub struct SignRequested {
    /// What it says.
    pub text: String,
}

/// How many loans were asked for.
pub struct Asked(AtomicU64);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Limit {
    most_days: Option<u32>,
    on_holidays: Option<u32>,
}

#[pipeline_step(LOAN_STARTED, priority = 10)]
fn reference_books_stay(title: &str, pin: &String) -> Result<(), LoanHalt> {
    let is_of_staff = pin == "0000";
    if title == "Atlas" && !is_of_staff {
        return Err(LoanHalt::PreventLoan { message: "read it here".to_owned() });
    }
    Ok(())
}

#[pipeline_step(LOAN_STARTED)]
fn limit(days: &mut Option<u32>, #[options] limit: &Limit) {
    *days = limit.most_days.or(limit.on_holidays).or(*days);
}

#[pipeline_step(LOAN_STARTED, priority = -1, on_failure = "pass_over")]
fn count(#[state] asked: &Asked) {
    asked.0.fetch_add(1, Ordering::Relaxed);
}

#[pipeline_step(RECEIPT_REQUESTED)]
async fn translate(text: &mut String) {
    std::future::ready(()).await;
    text.push('!');
}

fn main() -> ExitCode {
    provide(Asked(AtomicU64::new(0))).expect("nothing else provides it");
    openedx_events::cli::main()
}
