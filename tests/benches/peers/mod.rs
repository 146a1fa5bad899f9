//! What sending is compared with: a slice of function pointers, which is the floor, and other crates. All with one
//! counting receiver and with ten, and a `u64` for payload.

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arc_swap::ArcSwap;
use bevy_ecs::event::Event;
use bevy_ecs::observer::On;
use bevy_ecs::world::World;
use signals2::{Connect1 as _, Emit1 as _, Signal};

use crate::receivers::{Count, counts};
use crate::support::Bench;

pub(crate) const CLOCK: &str = "chrono::Utc::now";
pub(crate) const UUID: &str = "Uuid::now_v7 (fast-rng)";
pub(crate) const FLOOR_1: &str = "floor: 1 function pointer in a slice";
pub(crate) const FLOOR_10: &str = "floor: 10 function pointers in a slice";
pub(crate) const BEVY_1: &str = "bevy_ecs: World::trigger, 1 observer";
pub(crate) const BEVY_10: &str = "bevy_ecs: World::trigger, 10 observers";

static FLOOR_1_COUNTS: [Count; 1] = counts();
static FLOOR_10_COUNTS: [Count; 10] = counts();
static BEVY_1_COUNTS: [Count; 1] = counts();
static BEVY_10_COUNTS: [Count; 10] = counts();
static SIGNALS2_1_COUNTS: [Count; 1] = counts();
static SIGNALS2_10_COUNTS: [Count; 10] = counts();
static ARC_SWAP_1_COUNTS: [Count; 1] = counts();
static ARC_SWAP_10_COUNTS: [Count; 10] = counts();

pub(crate) fn rows(bench: &mut Bench) {
    floor(bench);
    bevy(bench);
    signals2(bench);
    arc_swap(bench);
}

pub(crate) fn check_delivery() {
    let single = [&FLOOR_1_COUNTS, &BEVY_1_COUNTS, &SIGNALS2_1_COUNTS, &ARC_SWAP_1_COUNTS];
    let ten = [&FLOOR_10_COUNTS, &BEVY_10_COUNTS, &SIGNALS2_10_COUNTS, &ARC_SWAP_10_COUNTS];
    for counts in single.map(|counts| &counts[..]).into_iter().chain(ten.map(|counts| &counts[..])) {
        assert!(counts.iter().all(|count| count.get() > 0 && count.get() == counts[0].get()), "lost calls");
    }
}

/// Ten times the same, each time with another index: an expression that is compiled for each.
macro_rules! each {
    ($index:ident in [$($number:literal)*]: $body:expr) => {
        $({
            const $index: usize = $number;
            $body
        })*
    };
}

type Pointer = fn(&u64);

macro_rules! pointers {
    ($counts:ident: $($index:literal)*) => {
        [$({
            fn receive(value: &u64) {
                black_box(value);
                $counts[$index].up();
            }
            receive as Pointer
        }),*]
    };
}

fn floor(bench: &mut Bench) {
    static ONE: [Pointer; 1] = pointers!(FLOOR_1_COUNTS: 0);
    static TEN: [Pointer; 10] = pointers!(FLOOR_10_COUNTS: 0 1 2 3 4 5 6 7 8 9);
    let call = |pointers: &'static [Pointer]| {
        move || {
            let value = black_box(1);
            for pointer in black_box(pointers) {
                pointer(&value);
            }
        }
    };
    bench.row(FLOOR_1, call(&ONE));
    bench.row(FLOOR_10, call(&TEN));
}

#[derive(Event)]
struct Triggered(u64);

fn bevy(bench: &mut Bench) {
    let trigger = |mut world: World| move || world.trigger(Triggered(black_box(1)));
    let mut world = World::new();
    world.add_observer(|event: On<'_, '_, Triggered>| {
        black_box(event.0);
        BEVY_1_COUNTS[0].up();
    });
    world.flush();
    bench.row(BEVY_1, trigger(world));
    let mut world = World::new();
    each!(INDEX in [0 1 2 3 4 5 6 7 8 9]: {
        world.add_observer(|event: On<'_, '_, Triggered>| {
            black_box(event.0);
            BEVY_10_COUNTS[INDEX].up();
        });
    });
    world.flush();
    bench.row(BEVY_10, trigger(world));
}

fn signals2(bench: &mut Bench) {
    let emit = |signal: Signal<(u64,)>| move || signal.emit(black_box(1));
    let signal = Signal::new();
    signal.connect(|value: u64| {
        black_box(value);
        SIGNALS2_1_COUNTS[0].up();
    });
    bench.row("signals2: Signal::emit, 1 slot", emit(signal));
    let signal = Signal::new();
    each!(INDEX in [0 1 2 3 4 5 6 7 8 9]: {
        signal.connect(|value: u64| {
            black_box(value);
            SIGNALS2_10_COUNTS[INDEX].up();
        });
    });
    bench.row("signals2: Signal::emit, 10 slots", emit(signal));
}

type Closure = Arc<dyn Fn(&u64) -> Result<(), String> + Send + Sync>;

/// The nearest stand-in for a robust signal that is built by hand: panics contained, responses collected.
fn arc_swap(bench: &mut Bench) {
    let send = |closures: Vec<Closure>| {
        let closures = ArcSwap::from_pointee(closures);
        move || {
            let value = black_box(1);
            let responses: Vec<_> = closures
                .load()
                .iter()
                .map(|closure| catch_unwind(AssertUnwindSafe(|| closure(&value))))
                .collect();
            responses.iter().all(|response| matches!(response, Ok(Ok(()))))
        }
    };
    let mut closures: Vec<Closure> = Vec::new();
    closures.push(Arc::new(|value| {
        black_box(value);
        ARC_SWAP_1_COUNTS[0].up();
        Ok(())
    }));
    bench.row("arc-swap, catch_unwind each, Vec of responses, 1", send(closures));
    let mut closures: Vec<Closure> = Vec::new();
    each!(INDEX in [0 1 2 3 4 5 6 7 8 9]: {
        closures.push(Arc::new(|value| {
            black_box(value);
            ARC_SWAP_10_COUNTS[INDEX].up();
            Ok(())
        }));
    });
    bench.row("arc-swap, catch_unwind each, Vec of responses, 10", send(closures));
}
