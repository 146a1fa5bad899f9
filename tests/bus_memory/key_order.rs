//! The order of the entries of a key, and what a key that hangs holds up.

use std::time::Duration;

use openedx_events::bus::headers::PARTITION_KEY;
use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend as _, Batch, Consumer, EntryId, Header, Message, Subscription, Topic};

fn texts(batch: &Batch) -> Vec<String> {
    let payload = |message: &Message| String::from_utf8(message.payload.clone().unwrap_or_default());
    batch.deliveries.iter().map(|delivery| payload(&delivery.message).expect("text")).collect()
}

fn entries(batch: &Batch) -> Vec<EntryId> {
    batch.deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}

fn read(consumer: &dyn Consumer, done: &[EntryId]) -> Batch {
    consumer.read(10_000, Duration::ZERO, done).expect("read")
}

#[test]
fn a_key_that_hangs_holds_up_no_others() {
    let (bus, topic) = (Memory::new(), Topic::new("house").expect("a topic"));
    let message = |text: String, key: String| Message {
        headers: vec![Header::new(PARTITION_KEY, key)],
        payload: Some(text.into_bytes()),
    };
    let consumer = |name| bus.consumer(&Subscription::new(topic.clone(), "group", name)).expect("a consumer");
    let publish = |messages: &[Message]| {
        bus.producer().expect("a producer").publish(&topic, messages).expect("published");
    };
    let (one, two) = (consumer("one"), consumer("two"));
    publish(&(0..2500).map(|number| message(format!("{number}"), "k".to_owned())).collect::<Vec<_>>());
    publish(&(0..1000).map(|number| message(format!("o{number}"), format!("o{number}"))).collect::<Vec<_>>());
    let of_key = |range: std::ops::Range<usize>| range.map(|number| number.to_string()).collect::<Vec<_>>();

    let hanging = one.read(100, Duration::ZERO, &[]).expect("read");
    assert_eq!(texts(&hanging), of_key(0..100));
    assert_eq!(one.read(1, Duration::ZERO, &[]).map(|batch| texts(&batch)).expect("read"), ["o0"]);
    let others = read(&*two, &[]);
    assert_eq!(texts(&others), (1..1000).map(|number| format!("o{number}")).collect::<Vec<_>>());
    let group = &bus.groups(&topic).expect("groups")[0];
    assert_eq!((group.lag, group.pending), (Some(2400), 1100));

    // The rest of the key comes in order.
    publish(&[message("2500".to_owned(), "k".to_owned())]);
    assert!(texts(&read(&*two, &entries(&others))).is_empty());
    let (mut seen, mut done) = (Vec::new(), entries(&hanging));
    loop {
        let batch = read(&*one, &done);
        if batch.deliveries.is_empty() {
            break;
        }
        done = entries(&batch);
        seen.extend(texts(&batch));
    }
    assert_eq!(seen, of_key(100..2501));
}

#[test]
fn a_read_counts_what_it_has_claimed() {
    let (bus, topic) = (Memory::new(), Topic::new("house").expect("a topic"));
    let consumer = |name| {
        let subscription = Subscription::new(topic.clone(), "group", name).claim_after(Duration::ZERO);
        bus.consumer(&subscription).expect("a consumer")
    };
    let messages = vec![Message { headers: Vec::new(), payload: None }; 2];
    bus.producer().expect("a producer").publish(&topic, &messages).expect("published");
    let (one, two) = (consumer("one"), consumer("two"));
    let held = read(&*one, &[]);
    assert_eq!((held.deliveries.len(), held.claimed), (2, 0));
    one.release(&entries(&held)[..1]).expect("released");
    let claimed = read(&*two, &[]);
    assert_eq!((claimed.deliveries.len(), claimed.claimed), (2, 1));
}
