//! An example of every public error, made as users meet it.

use std::error::Error;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use std::{fmt, io};

use openedx_events::avro::Fingerprint;
use openedx_events::bus::{
    Backend, BusError, Closed, DeadLetterReason, ErrorKind, EventProducer, Header, KeyPath, Layers, Message,
    PublishError, ShutdownError, StopError, Topic, headers,
};
use openedx_events::evolution::{Lock, Mode, Reader, Rule};
use openedx_events::filters::{self, FiltersConfig, FiltersConfigError};
use openedx_events::isoformat::IsoDateTime;
use openedx_events::keys::CourseKey;
use openedx_events::{
    AnyEvent, AnySignal as _, BoxError, MissingState, Permanent, ReceiverError, RetryAfter, Skip,
    TraceParent, Unavailable, Wiring, WiringError, check, cloudevents, get_signal_by_type, provide, receiver,
    set_service_name, signal,
};
use openedx_events_tests::faulty::Faulty;
use openedx_events_tests::wait_until;

/// Has a receiver that lacks its state and one that fails.
#[signal("org.example.errors.order.placed.v1")]
#[derive(Clone)]
pub(crate) struct OrderPlaced {
    pub number: i64,
}

/// Is produced.
#[signal("org.example.errors.order.shipped.v1")]
pub(crate) struct OrderShipped {
    pub number: i64,
}

/// Cannot go on the event bus.
#[signal("org.example.errors.socket.opened.v1", in_process = "a socket belongs to one process")]
pub(crate) struct SocketOpened {
    pub port: i64,
}

pub(crate) struct Database;

#[receiver(ORDER_PLACED)]
fn store(#[state] _database: &Database) {}

#[receiver(ORDER_PLACED)]
fn charge() -> Result<(), BoxError> {
    Err(with_source().into())
}

/// Its text does not contain that of its source.
#[derive(Debug)]
struct Refused(io::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot charge the card")
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn with_source() -> Refused {
    Refused(io::Error::other("no connection"))
}

/// What an error prints.
pub(crate) struct Example {
    /// The name of its type.
    pub(crate) name: &'static str,
    /// Its `Display`, with the sources that this does not contain.
    pub(crate) words: String,
    /// What `unwrap`, `expect` and `fn main() -> Result<…>` print.
    pub(crate) debug: String,
    /// The same as `{:#?}` has it, as `dbg!` prints it.
    pub(crate) pretty: String,
}

impl Example {
    fn of<E: Error + 'static>(name: &'static str, error: &E) -> Self {
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            let cause = error.to_string();
            if !words.contains(&cause) {
                words = format!("{words}: {cause}");
            }
            source = error.source();
        }
        Self { name, words, debug: format!("{error:?}"), pretty: format!("{error:#?}") }
    }
}

/// An example of every public error. They are made once, as signals and states are of the process.
pub(crate) static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    provide(17_u8).expect("nothing is there");
    set_service_name("errors").expect("nothing was sent yet");
    [of_receivers(), of_the_core(), of_avro_and_evolution(), of_the_bus()].into_iter().flatten().collect()
});

fn of_receivers() -> Vec<Example> {
    let failed = ORDER_PLACED.send_event(1).into_result().expect_err("both receivers fail");
    let errors: Vec<_> = failed.responses().errors().map(|(_, error)| error).collect();
    let missing = errors.iter().find_map(|error| match error {
        ReceiverError::Failed(error) => error.downcast_ref::<MissingState>(),
        _ => None,
    });
    vec![
        Example::of("SendError", &failed),
        Example::of("ReceiverError", errors[0]),
        Example::of("MissingState", missing.expect("nobody provides a database")),
        Example::of("Permanent", &Permanent::new(with_source())),
        Example::of("Skip", &Skip::new("not for us")),
        Example::of("Unavailable", &Unavailable::new(with_source())),
        Example::of("RetryAfter", &RetryAfter::new(Duration::from_secs(1), with_source())),
        Example::of("Closed", &Closed::new("gone")),
    ]
}

fn wiring_error() -> WiringError {
    Wiring::new().disable("nobody").apply().expect_err("there is no such receiver")
}

fn filters_config_error() -> FiltersConfigError {
    FiltersConfig::new()
        .off("org.example.errors.a.v1", ["nobody"])
        .apply()
        .expect_err("there is no such filter")
}

fn of_the_core() -> Vec<Example> {
    vec![
        Example::of("CheckError", &check().expect_err("a state is missing")),
        Example::of("WiringError", &wiring_error()),
        Example::of("WiringProblem", &wiring_error().problems()[0]),
        Example::of("FiltersConfigError", &filters_config_error()),
        Example::of("FiltersConfigProblem", &filters_config_error().problems()[0]),
        Example::of(
            "UnknownFilter",
            &filters::get_filter_by_type("org.example.errors.a.v1").expect_err("none is there"),
        ),
        Example::of("ProvideError", &provide(18_u8).expect_err("one is there")),
        Example::of(
            "UnknownSignal",
            &get_signal_by_type("org.example.errors.a.v1").expect_err("none is there"),
        ),
        Example::of("SetSourceError", &set_service_name("others").expect_err("it is set")),
        Example::of("JsonError", &ORDER_PLACED.read_json(r#"{"number": "one"}"#).expect_err("not a number")),
        Example::of("CloudEventError", &cloudevents::from_json("{}").expect_err("it has no type")),
        Example::of("IsoError", &"2026-13-01".parse::<IsoDateTime>().expect_err("there is no such month")),
        Example::of("InvalidKeyError", &CourseKey::parse("course").expect_err("not a key")),
    ]
}

fn of_avro_and_evolution() -> Vec<Example> {
    let no_schema = SOCKET_OPENED.schema().expect_err("it stays in the process");
    let event: Box<dyn AnyEvent> = Box::new(SocketOpened { port: 80 });
    let metadata = SOCKET_OPENED.generate_metadata();
    let folder = tempfile::tempdir().expect("a folder");
    vec![
        Example::of("SchemaError", no_schema),
        Example::of("InvalidSchema", &Fingerprint::of_schema("{}").expect_err("not a schema")),
        Example::of("InvalidFingerprint", &"abc".parse::<Fingerprint>().expect_err("too short")),
        Example::of("DecodeError", &ORDER_PLACED.decode(&[]).expect_err("nothing is there")),
        Example::of(
            "EncodeError",
            &Message::of_event(&*event, &metadata).expect_err("it stays in the process"),
        ),
        Example::of("EvolutionError", &Lock::read(folder.path()).expect_err("a folder")),
        Example::of(
            "InvalidMinorVersion",
            &metadata.clone().with_minorversion(u32::MAX).expect_err("no integer of a CloudEvent"),
        ),
        Example::of("InvalidRule", &"field-added".parse::<Rule>().expect_err("no such rule")),
        Example::of("InvalidReader", &"java".parse::<Reader>().expect_err("no such reader")),
        Example::of("InvalidMode", &"sideways".parse::<Mode>().expect_err("no such mode")),
    ]
}

fn of_the_bus() -> Vec<Example> {
    let refused = || BusError::new(ErrorKind::Unreachable, "cannot publish").caused_by(with_source());
    let header = Header { name: headers::TYPE.as_bytes().into(), value: [0xff].as_slice().into() };
    let message = Message { headers: vec![header], payload: None };
    let too_large = Message { headers: Vec::new(), payload: Some(vec![0; Message::MAX_SIZE + 1]) };
    let settings = Layers::default().json("a file", r#"{"EVENT_BUS_TOPIC_PREFIX": 7}"#).read();
    let settings = settings.expect_err("not a text");
    vec![
        Example::of("BusError", &refused()),
        Example::of("PublishError", &PublishError::new(2, refused())),
        Example::of("StopError", &StopError::Bus(refused())),
        Example::of("ShutdownError", &lost()),
        Example::of("SettingsProblem", &settings.problems()[0]),
        Example::of("SettingsError", &settings),
        Example::of("HeaderError", &message.event_type().expect_err("not UTF-8")),
        Example::of("LimitExceeded", &too_large.check_limits().expect_err("too large")),
        Example::of("InvalidTopic", &Topic::new("").expect_err("it has no name")),
        Example::of(
            "InvalidTraceParent",
            &"00-0-0-01".parse::<TraceParent>().expect_err("its ids are too short"),
        ),
        Example::of("InvalidKeyPath", &KeyPath::new(&ORDER_PLACED, "order.id").expect_err("no such field")),
        Example::of("UnknownReason", &"bored".parse::<DeadLetterReason>().expect_err("no such reason")),
    ]
}

/// What a producer says that could not publish.
fn lost() -> ShutdownError {
    let faulty = Faulty::default();
    faulty.set_down(true);
    let backend: Arc<dyn Backend> = Arc::new(faulty);
    let config = r#"{"EVENT_BUS_PRODUCER_CONFIG": {"org.example.errors.order.shipped.v1":
        {"orders": {"event_key_field": "number", "enabled": true}}}}"#;
    let settings = Layers::default().json("a file", config).read().expect("valid");
    let producer = EventProducer::start_on(&backend, &settings).expect("started");
    assert!(ORDER_SHIPPED.send_event(1).is_ok());
    wait_until("it is in the queue", || producer.report().queued == 1);
    producer.shutdown(Duration::ZERO).expect_err("the bus is down")
}
