//! Addresses that are not of the public internet are refused, however they are written.

use std::net::TcpListener;

use openedx_events_tests::wait_until;

use crate::world::{DRAIN, World};

/// The spellings of this machine, of which the last is a name.
const SPELLINGS: [&str; 11] = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
];

#[test]
fn this_machine_is_refused_in_every_spelling() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let port = listener.local_addr().expect("an address").port();
    let mut refused = 0;
    for host in SPELLINGS {
        let world = World::new();
        world.publish(0..3);
        let webhook = World::webhook(&format!("https://{host}:{port}/hook")).allow_private(false);
        let consumer = world.start(webhook);
        wait_until("its circuit is open", || consumer.report().circuits_opened == 1);
        let error = consumer.health().circuits[0].last_error.clone();
        consumer.stop(DRAIN).expect("stopped");
        // Which of the strange ones are numbers is up to the system; what is not, has no address.
        assert!(
            error.contains("is not public; set `allow_private = true`") || error.contains("cannot be"),
            "{error}"
        );
        refused += usize::from(error.contains("is not public"));
        assert_eq!(world.dead_letters().len(), 0, "it is not the fault of the events");
    }
    assert!(refused >= 6, "{refused} of the spellings are addresses");
    let connected = listener.accept().map(|_| ()).expect_err("nobody has connected");
    assert_eq!(connected.kind(), std::io::ErrorKind::WouldBlock);
}
