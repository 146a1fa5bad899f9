//! What goes wrong in a soak: [`Faults`].

use std::fs;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::bus::{Bus, BusFault};
use crate::event::RECEIVERS;
use crate::log::Record;
use crate::member::{Member, World};

/// Begins faults at random, and ends them.
pub(crate) struct Faults {
    // One for each, so that what is drawn does not depend on what happens to come first.
    rng: Rng,
    outages: Rng,
    pauses: Rng,
    active: Vec<Active>,
    next_id: u64,
    next_fault: Instant,
    next_outage: Instant,
}

struct Active {
    id: u64,
    kind: Kind,
    until: Instant,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Bus(BusFault),
    FrozenMember(usize),
    /// All runs of a receiver fail.
    Outage(&'static str),
}

/// Maximum number of faults at once, besides an outage of a receiver.
const AT_ONCE: usize = 2;

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        let now = Instant::now();
        let (next_fault, next_outage) = (now + Duration::from_secs(1), now + Duration::from_secs(3));
        let mut rng = Rng::with_seed(seed);
        let (outages, pauses) = (rng.fork(), rng.fork());
        Self { rng, outages, pauses, active: Vec::new(), next_id: 0, next_fault, next_outage }
    }

    /// The pause before a process that has ended is started again.
    pub(crate) fn pause(&mut self) -> Duration {
        Duration::from_millis(self.pauses.u64(..800))
    }

    /// Ends what is due, and begins something if it is time.
    pub(crate) fn go_on(&mut self, bus: &mut Bus, members: &mut [Member], world: World<'_>) {
        let now = Instant::now();
        self.end(bus, members, world, |active| active.until <= now);
        if self.next_outage <= now {
            let receiver = RECEIVERS[self.outages.usize(..RECEIVERS.len())];
            // One of three is so long that others would stand still if it held them up.
            let millis = if self.outages.u8(..3) == 0 { 11_000..12_000 } else { 1_000..5_000 };
            let lasts = Duration::from_millis(self.outages.u64(millis));
            self.next_outage = now + lasts + Duration::from_millis(self.outages.u64(1_000..6_000));
            self.begin(Kind::Outage(receiver), lasts, receiver, world, "outage");
            fs::write(world.folder.join(receiver), "").expect("a file");
        }
        let others = self.active.iter().filter(|active| !matches!(active.kind, Kind::Outage(_))).count();
        if self.next_fault <= now && others < AT_ONCE {
            self.next_fault = now + Duration::from_millis(self.rng.u64(200..1400));
            self.harm(bus, members, world);
        }
    }

    fn harm(&mut self, bus: &mut Bus, members: &mut [Member], world: World<'_>) {
        let which = self.rng.usize(..members.len());
        match self.rng.u8(..10) {
            0..2 => drop(members[which].kill(world)),
            2..4 => drop(members[which].stop(world, |life| Record::Term { life })),
            4..6 => {
                // At times for longer than others wait for a heartbeat.
                let lasts = if self.rng.bool() { 3_500..5_500 } else { 200..2_000 };
                let lasts = Duration::from_millis(self.rng.u64(lasts));
                if members[which].is_running() {
                    let name = members[which].name();
                    self.begin(Kind::FrozenMember(which), lasts, name, world, "frozen");
                    members[which].freeze();
                }
            }
            _ => {
                let (fault, lasts) = bus.draw(&mut self.rng);
                let is_of_bus = |active: &Active| matches!(active.kind, Kind::Bus(_));
                // A frozen server cannot be asked for anything else.
                if !self.active.iter().any(is_of_bus) {
                    let target = fault.process().map_or("bus", |process| members[process].name());
                    self.begin(Kind::Bus(fault), lasts, target, world, &format!("{fault:?}"));
                    bus.begin(fault);
                }
            }
        }
    }

    fn begin(&mut self, kind: Kind, lasts: Duration, target: &str, world: World<'_>, what: &str) {
        let id = self.next_id;
        self.next_id += 1;
        world.log.write(Record::Fault { id, target: target.into(), what: what.into() });
        self.active.push(Active { id, kind, until: Instant::now() + lasts });
    }

    /// Ends all faults.
    pub(crate) fn end_all(&mut self, bus: &mut Bus, members: &mut [Member], world: World<'_>) {
        self.end(bus, members, world, |_| true);
        world.log.write(Record::Calm {});
    }

    fn end(
        &mut self,
        bus: &mut Bus,
        members: &mut [Member],
        world: World<'_>,
        is_due: impl Fn(&Active) -> bool,
    ) {
        for active in self.active.extract_if(.., |active| is_due(active)) {
            match active.kind {
                Kind::Bus(fault) => bus.end(fault),
                Kind::FrozenMember(which) => members[which].thaw(),
                Kind::Outage(receiver) => {
                    fs::remove_file(world.folder.join(receiver)).expect("the file of an outage");
                }
            }
            world.log.write(Record::Healed { id: active.id });
        }
    }
}
