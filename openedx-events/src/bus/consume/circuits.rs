//! The circuits of all receivers: [`Circuits`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::circuit::{Circuit, Failed, Failures, Rules, Start};
use super::progress::RunFailure;
use crate::bus::message::dead_letter::shortened;
use crate::sync;

/// The circuits of the receivers of a consumer, over all of its topics.
///
/// While nothing fails, nobody takes the lock.
#[derive(Debug, Default)]
pub(super) struct Circuits {
    table: Mutex<Table>,
    /// The number of circuits that are not blank, and of windows in which something waits for a receiver.
    busy: AtomicUsize,
}

#[derive(Debug, Default)]
struct Table {
    ids: HashMap<Arc<str>, CircuitId>,
    all: Vec<Named>,
}

#[derive(Debug)]
struct Named {
    path: Arc<str>,
    circuit: Circuit,
    last_error: String,
}

/// The maximum length of an error that a parked event gets, in bytes.
const MAX_ERROR: usize = 200;

/// The circuit of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CircuitId(u32);

impl CircuitId {
    fn of(index: usize) -> Self {
        // A program has fewer receivers.
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A circuit that is open.
#[derive(Clone, Debug)]
pub(super) struct OpenCircuit {
    pub(super) id: CircuitId,
    pub(super) path: Arc<str>,
    pub(super) since: Instant,
    pub(super) last_error: String,
}

impl Circuits {
    /// Whether every event may run: no receiver fails, and nothing waits for one.
    pub(super) fn are_quiet(&self) -> bool {
        // Whoever has made something wait has released the lock of the window since, which orders this.
        self.busy.load(Ordering::Relaxed) == 0
    }

    /// The circuit of the receiver with this path.
    pub(super) fn of(&self, path: &str) -> CircuitId {
        let mut table = self.table();
        if let Some(id) = table.ids.get(path) {
            return *id;
        }
        let id = CircuitId::of(table.all.len());
        let path: Arc<str> = path.into();
        table.ids.insert(Arc::clone(&path), id);
        table.all.push(Named { path, circuit: Circuit::new(), last_error: String::new() });
        id
    }

    pub(super) fn path(&self, id: CircuitId) -> Arc<str> {
        Arc::clone(&self.table().all[id.index()].path)
    }

    /// The last error of a receiver, or the beginning of a long one: each event that is parked gets it.
    pub(super) fn last_error(&self, id: CircuitId) -> Option<String> {
        let table = self.table();
        let error = table.all[id.index()].last_error.as_str();
        (!error.is_empty()).then(|| shortened(error, MAX_ERROR))
    }

    /// Whether anything was noted of a receiver that is not forgotten.
    pub(super) fn is_blank(&self, id: CircuitId) -> bool {
        self.table().all[id.index()].circuit.is_blank()
    }

    pub(super) fn is_open(&self, id: CircuitId) -> bool {
        self.table().all[id.index()].circuit.open_since().is_some()
    }

    /// Whether [`start`](Self::start) would let an event run.
    pub(super) fn may_start(&self, id: CircuitId, now: Instant) -> bool {
        self.table().all[id.index()].circuit.may_start(now)
    }

    /// When [`start`](Self::start) lets an event run, if that is known.
    pub(super) fn may_start_at(&self, id: CircuitId) -> Option<Instant> {
        self.table().all[id.index()].circuit.may_start_at()
    }

    /// Whether an event may run now.
    pub(super) fn start(&self, id: CircuitId, event: &mut Failures, now: Instant) -> Start {
        let start = self.table().all[id.index()].circuit.start(now);
        if start == Start::Probe {
            event.set_probe();
        }
        start
    }

    /// A receiver has succeeded. Returns whether this has closed its circuit.
    pub(super) fn succeeded(&self, path: &str, event: &mut Failures) -> bool {
        if self.are_quiet() {
            return false;
        }
        self.change(self.of(path), |named| named.circuit.succeeded(event))
    }

    /// A receiver has failed.
    pub(super) fn failed(
        &self,
        path: &str,
        event: &mut Failures,
        (failure, error): (RunFailure, &str),
        rules: &Rules,
        now: Instant,
        part: f64,
    ) -> Failed {
        self.change(self.of(path), |named| {
            error.clone_into(&mut named.last_error);
            named.circuit.failed(event, failure, rules, now, part)
        })
    }

    /// If the event was to probe and has not run, another one probes.
    pub(super) fn give_back_probe(&self, id: CircuitId, event: &mut Failures, now: Instant) {
        if event.is_probe() {
            self.change(id, |named| named.circuit.give_back_probe(event, now));
        }
    }

    /// An event ends for a receiver without a result.
    pub(super) fn left_out(&self, id: CircuitId, event: &mut Failures) {
        self.change(id, |named| named.circuit.left_out(event, Instant::now()));
    }

    /// An event was parked, and waits for a receiver here.
    pub(super) fn came_back(&self, id: CircuitId, event: &mut Failures) {
        self.change(id, |named| named.circuit.came_back(event));
    }

    /// A run takes for longer than it may, and goes on.
    pub(super) fn run_is_overdue(&self, path: &str) {
        self.change(self.of(path), |named| named.circuit.run_is_overdue());
    }

    /// A run that was overdue has ended.
    pub(super) fn overdue_run_ended(&self, path: &str) {
        self.change(self.of(path), |named| named.circuit.overdue_run_ended());
    }

    /// In a window something waits for receivers now, or nothing does any more.
    pub(super) fn something_waits(&self, is_waiting: bool) {
        if is_waiting {
            self.busy.fetch_add(1, Ordering::Relaxed);
        } else {
            self.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The circuits that are open.
    pub(super) fn open(&self) -> Vec<OpenCircuit> {
        let table = self.table();
        let open = table.all.iter().enumerate().filter_map(|(number, named)| {
            let since = named.circuit.open_since()?;
            let (path, last_error) = (Arc::clone(&named.path), named.last_error.clone());
            Some(OpenCircuit { id: CircuitId::of(number), path, since, last_error })
        });
        open.collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        sync::lock(&self.table)
    }

    fn change<T>(&self, id: CircuitId, change: impl FnOnce(&mut Named) -> T) -> T {
        let mut table = self.table();
        let named = &mut table.all[id.index()];
        let was_blank = named.circuit.is_blank();
        let value = change(named);
        match (was_blank, named.circuit.is_blank()) {
            (true, false) => self.something_waits(true),
            (false, true) => self.something_waits(false),
            (true, true) | (false, false) => {}
        }
        value
    }
}
