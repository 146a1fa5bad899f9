//! The life of a consumer, from before its start to its end: [`Control`].

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::LOG;
use super::circuits::Circuits;
use super::health::Health;
use super::report::{ConsumerReport, Counts};
use super::running_topic::RunningTopic;
use super::shared::Shared;
use super::stop_error::StopError;
use super::stopping::Stopping;
use super::waiters::Waiters;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::message::topic::Topic;
use crate::bus::observe::live::{self, Live};
use crate::bus::retry::deadline;
use crate::bus::status::StatusServer;
use crate::process::Process;
use crate::sync;

/// How a consumer has ended: the same for everybody who asks.
pub(super) type Outcome = Result<ConsumerReport, StopError>;

/// How long a consumer that does not run after all may take to leave its groups.
const LEAVE: Duration = Duration::from_secs(2);

/// What the owner of a consumer and all of its handles share.
pub(super) struct Control {
    stage: Mutex<Stage>,
    counts: Arc<Counts>,
    circuits: Arc<Circuits>,
    waiters: Arc<Waiters>,
    /// Set at the start.
    start: OnceLock<Start>,
    /// Answers as long as somebody has the consumer, or a handle of it.
    status: OnceLock<StatusServer>,
}

struct Start {
    topics: Vec<Topic>,
    /// The process of the threads.
    process: Process,
}

/// Where a consumer is in its life.
#[derive(Default)]
enum Stage {
    #[default]
    NotStarted,
    /// It waits for the bus, which has failed with this error last.
    Starting(Option<BusError>),
    /// It is to stop, and the start has not returned yet.
    Cancelled,
    Running {
        topics: Vec<RunningTopic>,
        /// Its own one, if it has one.
        runtime: Option<Runtime>,
    },
    /// A call stops it.
    Stopping(Vec<Weak<Shared>>),
    Stopped(Outcome),
}

/// What a consumer needs to run.
pub(super) struct Joined {
    pub(super) topics: Vec<RunningTopic>,
    pub(super) runtime: Option<Runtime>,
}

impl Control {
    /// That of a consumer that has not started.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            stage: Mutex::default(),
            counts: Arc::default(),
            circuits: Arc::default(),
            waiters: Arc::default(),
            start: OnceLock::new(),
            status: OnceLock::new(),
        })
    }

    pub(super) fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    pub(super) fn circuits(&self) -> &Arc<Circuits> {
        &self.circuits
    }

    pub(super) fn waiters(&self) -> &Arc<Waiters> {
        &self.waiters
    }

    /// The names of the topics, once it has begun to start.
    pub(super) fn topic_names(&self) -> String {
        let topics = self.start.get().map_or(&[][..], |start| &start.topics);
        topics.iter().map(Topic::as_str).collect::<Vec<_>>().join(", ")
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        sync::lock(&self.stage)
    }

    fn enter(&self, stage: Stage) {
        let before = mem::replace(&mut *self.stage(), stage);
        // Without the lock.
        drop(before);
        self.waiters.wake();
    }

    /// Whether its threads, if it has any, are in this process. If not, nothing is locked: the process may have been
    /// forked while one of them had the lock.
    fn is_in_process(&self) -> bool {
        self.start.get().is_none_or(|start| start.process.is_this())
    }

    // For the start.

    /// Makes the consumer known to endpoints. It is not ready before it runs.
    pub(super) fn announce(self: &Arc<Self>, topics: &[Topic]) {
        let start = Start { topics: topics.to_vec(), process: Process::this() };
        if self.start.set(start).is_ok() {
            live::add(Arc::downgrade(self) as Weak<dyn Live>);
        }
    }

    /// Begins to start. Returns `false` if the consumer was stopped before.
    pub(super) fn begin_start(self: &Arc<Self>, topics: &[Topic]) -> bool {
        self.announce(topics);
        let mut stage = self.stage();
        let begins = matches!(*stage, Stage::NotStarted);
        if begins {
            *stage = Stage::Starting(None);
        }
        begins
    }

    /// Keeps the server of its endpoints. A server that answers before the consumer was [announced](Self::announce) would call a
    /// program ready that has nothing yet.
    pub(super) fn keep(&self, status: StatusServer) {
        let _ = self.status.set(status);
    }

    /// The bus has failed, and is tried again.
    pub(super) fn retries_start(&self, error: &BusError) {
        if let Stage::Starting(last) = &mut *self.stage() {
            *last = Some(error.clone());
        }
    }

    /// Whether the start is to end without a result.
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(*self.stage(), Stage::Cancelled)
    }

    /// Spawns the threads, unless the consumer was stopped meanwhile. Returns whether it runs.
    pub(super) fn run(
        &self,
        mut joined: Joined,
        spawn: impl Fn(&mut RunningTopic) -> Result<(), BusError>,
    ) -> Result<bool, StopError> {
        let result = {
            let mut stage = self.stage();
            if matches!(*stage, Stage::Cancelled) {
                Err((None, joined))
            } else if let Err(error) = joined.topics.iter_mut().try_for_each(spawn) {
                Err((Some(error), joined))
            } else {
                let Joined { topics, runtime } = joined;
                *stage = Stage::Running { topics, runtime };
                Ok(())
            }
        };
        let Err((error, Joined { topics, runtime })) = result else { return Ok(true) };
        // Leaves the groups. Threads that were spawned end.
        let _ = Stopping::begin(topics, runtime, LEAVE, deadline::after(LEAVE)).finish();
        match error {
            Some(error) => Err(error.into()),
            None => Ok(false),
        }
    }

    /// It did not start, and has this outcome, unless it was stopped before.
    pub(super) fn not_started(&self, outcome: Outcome) {
        if !matches!(*self.stage(), Stage::Stopped(_)) {
            self.enter(Stage::Stopped(outcome));
        }
    }

    /// Nobody can start it any more, or the start has panicked.
    pub(super) fn abandon(&self, has_panicked: bool) {
        let panicked = || BusError::new(ErrorKind::Refused, "the start of the consumer panicked");
        let outcome = if has_panicked { Err(panicked().into()) } else { Ok(self.report()) };
        let is_unused = matches!(*self.stage(), Stage::NotStarted | Stage::Starting(_) | Stage::Cancelled);
        if is_unused {
            self.enter(Stage::Stopped(outcome));
        }
    }

    // For everybody.

    pub(super) fn report(&self) -> ConsumerReport {
        self.counts.report()
    }

    pub(super) fn is_ready(&self) -> bool {
        let all_ready = |topics: &[RunningTopic]| topics.iter().all(|topic| topic.shared().is_ready());
        self.is_in_process()
            && matches!(&*self.stage(), Stage::Running { topics, .. } if all_ready(topics.as_slice()))
    }

    pub(super) fn health(&self) -> Health {
        if !self.is_in_process() {
            return Health::not_ready(Process::without_threads("consumer"));
        }
        let stage = self.stage();
        match &*stage {
            Stage::NotStarted => Health::not_ready("the consumer has not started yet"),
            Stage::Starting(None) => Health::not_ready("waiting for the bus"),
            Stage::Starting(Some(error)) => Health::not_ready(format!("waiting for the bus: {error}")),
            Stage::Cancelled => Health::not_ready(STOPS),
            Stage::Running { topics, .. } => {
                let topics: Vec<_> = topics.iter().map(|topic| Arc::clone(topic.shared())).collect();
                Health::of(&topics, &self.circuits)
            }
            Stage::Stopping(topics) => {
                let topics: Vec<_> = topics.iter().filter_map(Weak::upgrade).collect();
                Health {
                    reasons: vec![STOPS.to_owned()],
                    is_ready: false,
                    ..Health::of(&topics, &self.circuits)
                }
            }
            Stage::Stopped(Ok(_)) => Health::not_ready("the consumer has stopped"),
            Stage::Stopped(Err(error)) => Health::not_ready(format!("the consumer has stopped: {error}")),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        !self.is_in_process()
            || match &*self.stage() {
                Stage::NotStarted | Stage::Starting(_) => false,
                Stage::Running { topics, .. } => {
                    topics.iter().any(|topic| topic.shared().window().has_ended())
                }
                Stage::Cancelled | Stage::Stopping(_) | Stage::Stopped(_) => true,
            }
    }

    /// Whether the consumer has ended since its recipient takes no event any more.
    pub(super) fn is_closed(&self) -> bool {
        self.is_in_process()
            && match &*self.stage() {
                Stage::Running { topics, .. } => {
                    topics.iter().any(|topic| topic.shared().window().is_closed())
                }
                Stage::Stopped(outcome) => matches!(outcome, Err(StopError::Closed { .. })),
                Stage::NotStarted | Stage::Starting(_) | Stage::Cancelled | Stage::Stopping(_) => false,
            }
    }

    pub(super) fn in_flight(&self) -> usize {
        if !self.is_in_process() {
            return 0;
        }
        let of_topic = |shared: &Shared| shared.window().in_flight();
        match &*self.stage() {
            Stage::Running { topics, .. } => topics.iter().map(|topic| of_topic(topic.shared())).sum(),
            Stage::Stopping(topics) => {
                topics.iter().filter_map(Weak::upgrade).map(|topic| of_topic(&topic)).sum()
            }
            Stage::NotStarted | Stage::Starting(_) | Stage::Cancelled | Stage::Stopped(_) => 0,
        }
    }

    /// How many reads of each topic have found nothing. Empty unless the consumer runs.
    #[cfg(feature = "cli")]
    pub(super) fn empty_reads(&self) -> Vec<u64> {
        match &*self.stage() {
            Stage::Running { topics, .. } => {
                topics.iter().map(|topic| topic.shared().empty_reads()).collect()
            }
            Stage::NotStarted
            | Stage::Starting(_)
            | Stage::Cancelled
            | Stage::Stopping(_)
            | Stage::Stopped(_) => Vec::new(),
        }
    }

    /// Begins to stop the consumer, unless another call has.
    pub(super) fn begin_stop(self: &Arc<Self>, drain: Duration) -> Stop {
        let deadline = deadline::after(drain);
        let part =
            if self.is_in_process() { self.part_of_stop(drain, deadline) } else { Part::IsOfOtherProcess };
        self.waiters.wake();
        Stop { control: Arc::clone(self), part, deadline }
    }

    fn part_of_stop(&self, drain: Duration, deadline: Instant) -> Part {
        let mut stage = self.stage();
        match mem::take(&mut *stage) {
            Stage::Running { topics, runtime } => {
                let stopping = Stopping::begin(topics, runtime, drain, deadline);
                *stage = Stage::Stopping(stopping.topics());
                Part::Stops(stopping)
            }
            Stage::NotStarted => {
                *stage = Stage::Stopped(Ok(self.report()));
                Part::WaitsForOther
            }
            Stage::Starting(_) | Stage::Cancelled => {
                *stage = Stage::Cancelled;
                Part::WaitsForStart
            }
            other @ (Stage::Stopping(_) | Stage::Stopped(_)) => {
                *stage = other;
                Part::WaitsForOther
            }
        }
    }

    fn log_stop(&self, report: &ConsumerReport) {
        let (topics, done, dead_letters) = (self.topic_names(), report.done, report.dead_letters());
        tracing::info!(target: LOG, topics, done, dead_letters, "the consumer has stopped");
    }

    fn outcome(&self) -> Option<Outcome> {
        match &*self.stage() {
            Stage::Stopped(outcome) => Some(outcome.clone()),
            _ => None,
        }
    }

    /// Blocks until the consumer has stopped, at most until the deadline.
    fn wait_for_outcome(&self, deadline: Instant) -> Option<Outcome> {
        self.waiters.block(deadline, || matches!(*self.stage(), Stage::Stopped(_)));
        self.outcome()
    }
}

/// While it runs, its topics give their own reasons.
impl Live for Control {
    fn not_ready(&self) -> Vec<String> {
        if !self.is_in_process() {
            return Vec::new();
        }
        let consumer = || format!("the consumer of {}", self.topic_names());
        match &*self.stage() {
            Stage::NotStarted | Stage::Starting(None) => vec![format!("{} waits for the bus", consumer())],
            Stage::Starting(Some(error)) => vec![format!("{} waits for the bus: {error}", consumer())],
            Stage::Cancelled | Stage::Stopping(_) => vec![format!("{} is being stopped", consumer())],
            Stage::Running { .. } | Stage::Stopped(_) => Vec::new(),
        }
    }
}

const STOPS: &str = "the consumer stops";

/// In a process that was forked, nothing is closed or joined that is that of the other one.
impl Drop for Control {
    fn drop(&mut self) {
        if !self.is_in_process() {
            let stage = self.stage.get_mut().unwrap_or_else(PoisonError::into_inner);
            mem::forget(mem::take(stage));
        }
    }
}

/// One call that stops a consumer. What it returns is the same for all of them.
pub(super) struct Stop {
    control: Arc<Control>,
    part: Part,
    deadline: Instant,
}

/// What a call has to do.
enum Part {
    /// It is the first one.
    Stops(Stopping),
    /// Another call stops the consumer, or it has stopped.
    WaitsForOther,
    /// The consumer has not started, and its start is told to end.
    WaitsForStart,
    /// The consumer is one of the process that this one was forked from.
    IsOfOtherProcess,
}

impl Stop {
    /// Whether it is this call that stops the consumer, and not another one.
    pub(super) fn is_first(&self) -> bool {
        matches!(self.part, Part::Stops(_))
    }

    /// Blocks until the consumer has stopped, and returns how.
    pub(super) fn finish(self) -> Outcome {
        let Self { control, part, deadline } = self;
        match part {
            Part::Stops(stopping) => {
                let outcome = stopping.finish().map(|()| control.report());
                if let Ok(report) = &outcome {
                    control.log_stop(report);
                }
                control.enter(Stage::Stopped(outcome.clone()));
                outcome
            }
            // It has a deadline of its own.
            Part::WaitsForOther => {
                let never = deadline::after(Duration::MAX);
                control.wait_for_outcome(never).unwrap_or_else(|| Ok(control.report()))
            }
            // Nothing was read, so that nothing can be left unfinished.
            Part::WaitsForStart => control.wait_for_outcome(deadline).unwrap_or_else(|| Ok(control.report())),
            Part::IsOfOtherProcess => {
                let what = Process::without_threads("consumer");
                Err(StopError::Bus(BusError::new(ErrorKind::Configuration, what)))
            }
        }
    }
}
