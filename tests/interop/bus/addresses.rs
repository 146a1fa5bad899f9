//! Addresses: Python's client and ours find the same database and user under one.

use std::process::Command;

use openedx_events::bus;
use openedx_events::bus::Topic;
use openedx_events_tests::redis_server::RedisServer;

/// What stands before the host, and what behind the port.
const ADDRESSES: [(&str, &str); 14] = [
    ("", ""),
    ("", "/3"),
    ("", "/3/"),
    ("", "?db=2"),
    ("", "/?db=2"),
    ("", "/3?db=2"),
    ("", "/3?db="),
    ("", "/x?db=2"),
    ("", "?username=ada&password=p%3Fa%26s%40s%2B"),
    ("", "/4?password=p%3Fa%26s@s%2B&username=ada&db=5"),
    ("ada", "?password=p%3Fa%26s%40s%2B"),
    ("ada:p%3Fa&s%40s%2B", "?username=eve&password=wrong&db=1"),
    ("open", ""),
    ("", "?username=open&max_connections=3&health_check_interval=9&socket_timeout=5&retry_on_timeout=1"),
];

const SCRIPT: &str = "import sys, redis
for address in sys.argv[1:]:
    info = redis.Redis.from_url(address).client_info()
    print(info['db'], info['user'])";

#[test]
fn an_address_leads_both_clients_to_the_same_place() {
    let Some(python) = crate::python::interpreter() else { return };
    let Some(server) = RedisServer::start() else { return };
    let mut client = server.client();
    for (user, password) in [("ada", ">p?a&s@s+"), ("open", "nopass")] {
        let mut command = redis::cmd("ACL");
        command.arg(&["SETUSER", user, "on", password, "~*", "&*", "+@all"]);
        command.exec(&mut client).expect("a user");
    }
    let addresses = ADDRESSES.map(|(user, rest)| format!("{}{rest}", server.url_of(user)));
    let output = Command::new(python).args(["-c", SCRIPT]).args(&addresses).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = String::from_utf8(output.stdout).expect("text");

    let topic = Topic::new("learning").expect("a name");
    let mut places = theirs.lines();
    for address in &addresses {
        let bus = bus::open(address).expect(address);
        assert!(!bus.has_topic(&topic).expect(address));
        let list: String = redis::cmd("CLIENT").arg("LIST").query(&mut client).expect("a list");
        // The newest one: that of the address before may not be gone yet.
        let ours = list.lines().rfind(|line| !line.contains("cmd=client|list")).expect("our connection");
        let field = |name| ours.split(' ').find_map(|field| field.strip_prefix(name)).expect(name);
        let ours = format!("{} {}", field("db="), field("user="));
        assert_eq!(Some(ours.as_str()), places.next(), "{address}");
    }
    assert_eq!(places.next(), None);
}
