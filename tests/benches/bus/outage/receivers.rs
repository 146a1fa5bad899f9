//! Two receivers of one signal: one always works, and the other one fails when it is told to. Their runs are recorded.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use openedx_events::learning::signals::{COURSE_ENROLLMENT_CHANGED, CourseEnrollmentChanged};
use openedx_events::{BoxError, receiver};

/// Not the signal of the other parts: these receivers would slow them down.
#[receiver(COURSE_ENROLLMENT_CHANGED)]
fn good(event: &CourseEnrollmentChanged) {
    GOOD.add(event, true);
}

#[receiver(COURSE_ENROLLMENT_CHANGED)]
fn bad(event: &CourseEnrollmentChanged) -> Result<(), BoxError> {
    let works = event.enrollment.user.id >= BAD_WORKS_FROM.load(Ordering::Relaxed);
    BAD.add(event, works);
    if works { Ok(()) } else { Err("the database is down".into()) }
}

pub(super) static GOOD: Runs = Runs::new();
pub(super) static BAD: Runs = Runs::new();

/// The first number that `bad` does not fail for.
static BAD_WORKS_FROM: AtomicI64 = AtomicI64::new(0);

/// Lets `bad` fail for all events with smaller numbers.
pub(super) fn let_bad_work_from(number: usize) {
    BAD_WORKS_FROM.store(i64::try_from(number).unwrap_or(i64::MAX), Ordering::Relaxed);
}

/// One run of a receiver.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) number: usize,
    pub(super) at: Instant,
    pub(super) is_done: bool,
}

/// The runs of a receiver, in their order.
pub(super) struct Runs {
    all: Mutex<Vec<Run>>,
    done: AtomicUsize,
}

impl Runs {
    const fn new() -> Self {
        Self { all: Mutex::new(Vec::new()), done: AtomicUsize::new(0) }
    }

    fn add(&self, event: &CourseEnrollmentChanged, is_done: bool) {
        let number = usize::try_from(event.enrollment.user.id).expect("a number of ours");
        let run = Run { number, at: Instant::now(), is_done };
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(run);
        if is_done {
            self.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The number of runs that succeeded.
    pub(super) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Returns the runs, and forgets them.
    pub(super) fn take(&self) -> Vec<Run> {
        self.done.store(0, Ordering::Relaxed);
        std::mem::take(&mut self.all.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
