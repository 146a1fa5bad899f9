//! What encoding and decoding cost: against code written by hand for each event, and against the Avro libraries, in one
//! binary and in one run.
//!
//! ```sh
//! cargo bench -p openedx-events-tests --features peers --bench codec
//! ```
//!
//! From and to the typed values: datetimes are formatted and parsed, keys are parsed. All write the same bytes, and read
//! them as equal events; that is checked before anything is timed. Compare ratios inside one run and not nanoseconds
//! between runs.
//!
//! `--instructions` counts instructions instead, with valgrind's callgrind, which other work on the machine does not
//! disturb.

mod by_hand;
mod counted;
mod payloads;
#[path = "../support/mod.rs"]
mod support;

use std::hint::black_box;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use openedx_events::avro;
use openedx_events::{AnySignal as _, Event};
use payloads::Payload;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_avro_fast::ser::SerializerConfig;
use support::{Bench, EMPTY, Measured, Targets};

fn main() {
    if let Some(code) = counted::run() {
        std::process::exit(code);
    }
    let mut bench = Bench::default();
    bench.row(EMPTY, || ());
    rows(&mut bench, &payloads::SMALL, payloads::small());
    rows(&mut bench, &payloads::FULL, payloads::full());
    rows(&mut bench, &payloads::LARGE, payloads::large());
    let measured = bench.measure();
    measured.print();
    let mut targets = Targets::new();
    for names in [&payloads::SMALL.names, &payloads::FULL.names, &payloads::LARGE.names] {
        judge(&mut targets, &measured, names);
    }
}

/// The bytes of a buffer that is used again: room for any of the payloads, as a producer's has after its first events.
const REUSED: usize = 16 * 1024;

/// The rows of one payload: ours, by hand, and the peers.
pub(crate) struct Names {
    encode: &'static str,
    encode_new: &'static str,
    encode_by_hand: &'static str,
    encode_fast: &'static str,
    encode_apache: &'static str,
    decode: &'static str,
    decode_by_hand: &'static str,
    decode_fast: &'static str,
    decode_apache: &'static str,
}

macro_rules! names {
    ($payload:literal) => {
        $crate::Names {
            encode: concat!($payload, ": encode"),
            encode_new: concat!($payload, ": encode into a new buffer"),
            encode_by_hand: concat!($payload, ": encode by hand"),
            encode_fast: concat!($payload, ": encode by serde_avro_fast"),
            encode_apache: concat!($payload, ": encode by apache-avro"),
            decode: concat!($payload, ": decode"),
            decode_by_hand: concat!($payload, ": decode by hand"),
            decode_fast: concat!($payload, ": decode by serde_avro_fast"),
            decode_apache: concat!($payload, ": decode by apache-avro"),
        }
    };
}
pub(crate) use names;

fn rows<E, S>(bench: &mut Bench, payload: &'static Payload<E, S>, event: E)
where
    E: Event + avro::AvroData + Clone + PartialEq,
    S: Serialize + DeserializeOwned + 'static,
{
    let names = &payload.names;
    let schema = E::signal().schema().expect("a schema").as_str();
    // Leaked, as rows live to the end and the peers' readers borrow their schemas.
    let fast: &'static serde_avro_fast::Schema = Box::leak(Box::new(schema.parse().expect("a schema")));
    let apache: &'static apache_avro::Schema =
        Box::leak(Box::new(apache_avro::Schema::parse_str(schema).expect("a schema")));
    let mut config = SerializerConfig::new(fast);
    let writer = GenericDatumWriter::builder(apache).build().expect("a writer");
    let reader = GenericDatumReader::builder(apache).build().expect("a reader");
    let same = (payload.to_serde)(&event);
    let bytes = avro::to_vec(&event).expect("it has a form");

    let mut by_hand = Vec::new();
    (payload.encode_by_hand)(&event, &mut by_hand);
    assert_eq!(by_hand, bytes);
    assert_eq!(serde_avro_fast::to_datum_vec(&same, &mut config).expect("bytes"), bytes);
    assert_eq!(writer.write_ser_to_vec(&same).expect("bytes"), bytes);
    assert!(avro::decode::<E>(&bytes).expect("our own bytes") == event);
    assert!((payload.decode_by_hand)(&bytes) == event);
    let read: S = serde_avro_fast::from_datum_slice(&bytes, fast).expect("our bytes");
    assert!((payload.of_serde)(read) == event);
    let read: S = reader.read_deser(&mut bytes.as_slice()).expect("our bytes");
    assert!((payload.of_serde)(read) == event);
    println!("{} bytes: {}", names.encode, bytes.len());

    let (mut out, own) = (Vec::with_capacity(REUSED), event.clone());
    bench.row(names.encode, move || {
        out.clear();
        avro::encode(black_box(&own), &mut out).expect("it has a form");
        out.len()
    });
    let own = event.clone();
    bench.row(names.encode_new, move || avro::to_vec(black_box(&own)).expect("it has a form"));
    let mut out = Vec::with_capacity(REUSED);
    bench.row(names.encode_by_hand, move || {
        out.clear();
        (payload.encode_by_hand)(black_box(&event), &mut out);
        out.len()
    });
    let (mut out, same_again) =
        (Vec::with_capacity(REUSED), (payload.to_serde)(&(payload.decode_by_hand)(&bytes)));
    bench.row(names.encode_fast, move || {
        out.clear();
        serde_avro_fast::to_datum(black_box(&same), &mut out, &mut config).expect("bytes");
        out.len()
    });
    bench.row(names.encode_apache, move || writer.write_ser_to_vec(black_box(&same_again)).expect("bytes"));

    let message = bytes.clone();
    bench.row(names.decode, move || avro::decode::<E>(black_box(&message)).expect("our own bytes"));
    let message = bytes.clone();
    bench.row(names.decode_by_hand, move || (payload.decode_by_hand)(black_box(&message)));
    let message = bytes.clone();
    bench.row(names.decode_fast, move || {
        serde_avro_fast::from_datum_slice::<S>(black_box(&message), fast).expect("our bytes")
    });
    bench.row(names.decode_apache, move || {
        reader.read_deser::<S>(&mut black_box(bytes.as_slice())).expect("our bytes")
    });
}

fn judge(targets: &mut Targets, measured: &Measured, names: &Names) {
    let net = |name| measured.net(name);
    let mut ratio = |name: &'static str, of: &'static str, max| {
        targets.ratio(&format!("{name} / {}", of.rsplit(": ").next().unwrap_or(of)), net(name), net(of), max);
    };
    ratio(names.encode, names.encode_by_hand, 1.05);
    ratio(names.encode, names.encode_fast, 1.0 / 3.0);
    ratio(names.encode_new, names.encode_apache, 1.0 / 5.0);
    ratio(names.decode, names.decode_by_hand, 1.1);
    ratio(names.decode, names.decode_fast, 1.0 / 1.5);
}
