//! What a record of dedup costs, as `docs/event-bus.md` says.

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, Subscription, Topic};
use openedx_events_tests::redis_server::RedisServer;

#[test]
fn a_record_takes_as_much_memory_as_the_page_says() {
    let Some(server) = RedisServer::start() else { return };
    let bus = Redis::open(&server.url()).expect("an address");
    for (topic, group, receiver, bytes) in [
        ("learning", "search", "search::index", 120),
        ("dev-learning-enrollment", "certificates", "my_service::certificates::issue", 168),
    ] {
        let topic = Topic::new(topic).expect("a name");
        let consumer = bus.consumer(&Subscription::new(topic.clone(), group, "a")).expect("a consumer");
        let text = format!("{receiver} 0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f");
        consumer.mark_processed(&text).expect("recorded");
        let key = format!("{{{topic}}}.done:{group}:{text}");
        let used: i64 =
            redis::cmd("MEMORY").arg(&["USAGE", &key]).query(&mut server.client()).expect("the record");
        // Versions of the server differ a little.
        assert!((bytes - 24..=bytes + 24).contains(&used), "{key}: {used} bytes");
        let page = include_str!("../../docs/event-bus.md");
        assert!(page.contains(&format!("`{topic}`, `{group}`, `{receiver}` | {bytes} bytes |")), "{key}");
    }
}
