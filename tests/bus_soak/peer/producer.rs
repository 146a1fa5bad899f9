//! Sends events until SIGTERM.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fastrand::Rng;
use openedx_events::BoxError;
use openedx_events::bus::{Backend, BusSettings, EventProducer, KeyPath, ProducerConfig, Topic, TopicConfig};
use signal_hook::consts::SIGTERM;

use crate::event::{Fate, RECEIVERS, TASK_GIVEN, Task, TaskGiven};
use crate::log::{Log, Record};

/// The pause between two events. A busy machine with a slow disk has to work off what a crash has left, too.
const PAUSE: Duration = Duration::from_millis(50);
/// Time to publish what is in the queue at the end.
const FLUSH: Duration = Duration::from_secs(5);
/// The number of keys of each producer.
const KEYS: i64 = 8;
/// Each life of a producer has so many numbers, and each producer so many lives.
const NUMBERS: i64 = 100_000;
const LIVES: i64 = 10_000;

/// Sends events from the number `first` on.
pub(crate) fn run(
    bus: &Arc<dyn Backend>,
    topic: &Topic,
    log: &Arc<Log>,
    first: i64,
    seed: u64,
) -> Result<ExitCode, BoxError> {
    let is_over = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGTERM, Arc::clone(&is_over))?;
    let config = TopicConfig::new(KeyPath::new(&TASK_GIVEN, "task.key")?);
    let config = ProducerConfig::new().topic(&TASK_GIVEN, topic.as_str(), config);
    let mut settings = BusSettings::new().audit_logging(false);
    settings.producer_config = config;
    let producer = EventProducer::start_on(bus, &settings)?;
    // One thread, so that events enter the queue in the order in which their tasks are spawned.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    log.write(Record::Subscribing {});
    runtime.block_on(async {
        for number in first.. {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            tokio::spawn(send(Arc::clone(log), task(number, seed)));
            tokio::time::sleep(PAUSE).await;
        }
        // Awaited sends log that they are published.
        let deadline = tokio::time::Instant::now() + FLUSH;
        while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0
            && tokio::time::Instant::now() < deadline
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    log.write(Record::Ready { is_ready: producer.is_ready() });
    Ok(match producer.shutdown(Duration::from_millis(200)) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(6),
    })
}

async fn send(log: Arc<Log>, task: Task) {
    let number = task.number;
    log.write(Record::Sent {
        number,
        key: task.key.as_str().into(),
        fate: task.fate.as_str().into(),
        receiver: task.receiver.as_str().into(),
    });
    let responses = TASK_GIVEN.send_event_async(TaskGiven { task }).await;
    log.write(match responses.errors().next() {
        None => Record::Published { number },
        Some((_, error)) => Record::Refused { number, why: error.to_string().as_str().into() },
    });
}

/// The task with a number: the same in each life.
fn task(number: i64, seed: u64) -> Task {
    let (producer, life, count) = (number / NUMBERS / LIVES, number / NUMBERS % LIVES, number % NUMBERS);
    let mut rng = Rng::with_seed(seed ^ number.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let receiver = RECEIVERS[rng.usize(..RECEIVERS.len())];
    let fate = match (producer, (life % 4, count), rng.u32(..400)) {
        // Few, as each costs four lives of the consumers of each group.
        (1, (1, 30), _) => Fate::Kills,
        (_, _, 0..6) => Fate::Fails,
        (_, _, 6..9) => Fate::FailsForGood,
        (_, _, 9..12) => Fate::Hangs,
        (_, _, 12..32) => Fate::Wavers,
        _ => Fate::Healthy,
    };
    let key = format!("{producer}-{}", rng.i64(0..KEYS));
    Task { key, number, fate: fate.name().to_owned(), receiver: receiver.to_owned() }
}
