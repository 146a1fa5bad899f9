//! Addresses: their database, user and time-outs, wherever they stand, and what is refused.

use std::time::{Duration, Instant};

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{self, Backend, BusError, ErrorKind};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{LONG, failed, publish, run, topic};

/// The value of a field of the newest connection, as the server has it. Those before may not be gone yet.
fn field(server: &RedisServer, name: &str) -> String {
    let list = server.client_list();
    let other = list.lines().rfind(|line| !line.contains("cmd=client|list")).expect("a connection");
    let value = other.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name}: {other}")).to_owned()
}

#[test]
fn the_database_is_in_the_query_or_in_the_path() {
    let Some(server) = RedisServer::start() else { return };
    for (rest, database) in [
        ("/?db=2", "2"),
        ("?db=2", "2"),
        ("/3?db=2", "2"),
        ("/x?db=2", "2"),
        ("/3", "3"),
        ("/3?db=", "3"),
        ("/3/", "3"),
        ("/?db=%32", "2"),
        ("", "0"),
    ] {
        let bus = bus::open(&format!("{}{rest}", server.url())).expect("an address");
        assert!(!bus.has_topic(&topic()).expect("an answer"), "{rest}");
        assert_eq!(field(&server, "db"), database, "{rest}");
    }
    publish(&Redis::open(&format!("{}?db=2", server.url())).expect("an address"), &["1"]);
    assert_eq!(run(&mut server.client(), "EXISTS dev-learning"), redis::Value::Int(0));
}

#[test]
fn the_user_is_in_the_query_or_before_the_host() {
    let Some(server) = RedisServer::start() else { return };
    run(&mut server.client(), "ACL SETUSER ada on >p?a&s@s ~* &* +@all");
    run(&mut server.client(), "ACL SETUSER open on nopass ~* &* +@all");
    for (credentials, query, user) in [
        ("", "?username=ada&password=p%3Fa%26s%40s", "ada"),
        ("ada", "?password=p%3Fa%26s@s", "ada"),
        ("ada:p%3Fa&s%40s", "", "ada"),
        ("ada:p%3Fa&s%40s", "?username=eve&password=wrong", "ada"),
        // Without a password it must not become the default user.
        ("open", "", "open"),
        ("", "?username=open", "open"),
        ("", "?username=&password=", "default"),
    ] {
        let bus = Redis::open(&format!("{}{query}", server.url_of(credentials))).expect("an address");
        assert!(!bus.has_topic(&topic()).expect("an answer"), "{credentials} {query}");
        assert_eq!(field(&server, "user"), user, "{credentials} {query}");
    }
    let bus = Redis::open(&server.url_of("nobody")).expect("an address");
    assert_eq!(failed(bus.has_topic(&topic())).kind(), ErrorKind::Refused);
}

#[test]
fn a_socket_has_a_query_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a b.sock").to_string_lossy().into_owned();
    let Some(server) = RedisServer::start_with(&["--unixsocket", &path, "--requirepass", "s3/cret"]) else {
        return;
    };
    let server = server.with_credentials(":s3%2Fcret");
    let path = path.replace(' ', "%20");
    for address in [format!("unix://{path}?db=2&password=s3/cret"), format!("unix://:s3%2Fcret@{path}?db=2")]
    {
        let bus = bus::open(&address).expect("an address");
        assert!(!bus.has_topic(&topic()).expect("an answer"), "{address}");
        assert_eq!(field(&server, "db"), "2", "{address}");
    }
}

#[test]
fn its_time_outs_override_those_of_the_options() {
    let Some(server) = RedisServer::start() else { return };
    let options = Options::new().response_timeout(LONG).connect_timeout(LONG);
    let address = format!("{}?socket_timeout=0.2&socket_connect_timeout=0.3", server.url());
    let bus = Redis::open_with(&address, options).expect("an address");
    let text = format!("{bus:?}");
    assert!(text.contains("connect_timeout: 300ms, response_timeout: 200ms"), "{text}");
    assert!(!bus.has_topic(&topic()).expect("an answer"));
    server.freeze();
    let start = Instant::now();
    for _ in 0..2 {
        // The first one waits for a reply, the second one for a connection.
        assert_eq!(failed(bus.has_topic(&topic())).kind(), ErrorKind::Unreachable);
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    server.thaw();
}

fn refused(address: &str) -> String {
    let error: BusError = failed(bus::open(address));
    assert_eq!(error.kind(), ErrorKind::Configuration, "{address}: {error}");
    format!("{error:?}")
}

#[test]
fn what_python_alone_needs_is_passed_over() {
    for member in [
        "max_connections=10",
        "health_check_interval=30",
        "retry_on_timeout=true",
        "socket_keepalive=1",
        "protocol=3",
        "timeout=20",
        "client_name=lms&encoding=utf-8&decode_responses=no",
        "socket_timeout=",
    ] {
        bus::open(&format!("redis://localhost/1?{member}")).expect(member);
    }
    bus::open("rediss://localhost?ssl_cert_reqs=required&ssl_check_hostname=True").expect("an address");
}

#[test]
fn what_is_unknown_or_does_not_work_is_refused_by_its_name() {
    for (address, words) in [
        ("redis://h?dbs=2", "`dbs` in the query: unknown, did you mean `db`?"),
        ("redis://h?socket_timout=2", "did you mean `socket_timeout`?"),
        ("redis://h?pool=2", "`pool` in the query: unknown; the query of an address takes `db`, `username`"),
        ("redis://h?db=two", "`db` in the query: expected the number of a database"),
        ("redis://h?db=-1", "`db` in the query: expected the number"),
        ("redis://h/-1", "the number of a database is 0 or more"),
        ("redis://h?db=1&db=2", "`db` in the query: given twice"),
        ("redis://h?socket_timeout=0", "`socket_timeout` in the query: expected seconds"),
        ("redis://h?socket_timeout=-1", "expected seconds"),
        ("redis://h?socket_timeout=inf", "expected seconds"),
        ("redis://h?socket_timeout=NaN", "expected seconds"),
        ("redis://h?socket_connect_timeout=5s", "`socket_connect_timeout` in the query: expected seconds"),
        ("redis://h?username=%FF", "`username` in the query: the text is not UTF-8"),
        ("redis://h/0#1", "nothing may follow a `#`"),
        ("redis://h?ssl_cert_reqs=required", "`ssl_cert_reqs` in the query: is for TLS: write `rediss://…`"),
        ("rediss://h?ssl_cert_reqs=none", "`ssl_cert_reqs` in the query: the certificate of the server"),
        ("rediss://h?ssl_cert_reqs=optional", "always verified"),
        ("rediss://h?ssl_check_hostname=False", "`ssl_check_hostname` in the query: the certificate"),
        ("rediss://h?ssl_ca_certs=/a.pem", "`ssl_ca_certs` in the query: not supported yet"),
        ("rediss://h?ssl_certfile=/a.pem", "`ssl_certfile` in the query: not supported yet"),
        ("rediss://h?ssl_keyfile=/a.pem", "`ssl_keyfile` in the query: not supported yet"),
        ("rediss://h?ssl_ca_path=/etc", "`ssl_ca_path` in the query: not supported yet"),
        ("rediss://h?ssl_min_version=771", "`ssl_min_version` in the query: not supported yet"),
        ("rediss://h#insecure", "a certificate must be verified"),
        ("unix://host/a.sock", "three slashes"),
        ("unix://a.sock", "the path of the socket is missing"),
        ("redis:h", "does not begin with `redis://`"),
    ] {
        let error = refused(address);
        assert!(error.contains(words), "{address}: {error}");
    }
}

#[test]
fn forms_that_others_use_are_answered_with_ours() {
    for (address, words) in [
        ("valkey://h", "`valkey://…` cannot be the address of a Redis server here: write `redis://…`"),
        ("valkeys://h", "write `rediss://…`"),
        ("redis+unix:///a.sock", "write `unix:///path`"),
        ("redis+socket:///a.sock", "write `unix:///path`"),
        ("redis+cluster://a,b", "Redis Cluster is not supported yet"),
        ("rediss+cluster://a,b", "Redis Cluster is not supported yet"),
        ("redis-cluster://a,b", "Redis Cluster is not supported yet"),
        ("redis+sentinel://user:s3cret@a:1,b:2/master/0", "Redis Sentinel is not supported yet"),
        ("rediss+sentinel://a:1,b:2/master/0", "Redis Sentinel is not supported yet"),
        ("redis-sentinel://a,b/0?sentinelMasterId=master", "Redis Sentinel is not supported yet"),
        ("sentinel://:s3cret@a;sentinel://b", "Redis Sentinel is not supported yet"),
    ] {
        let error = refused(address);
        assert!(error.contains(words), "{address}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn no_error_shows_a_part_of_a_password() {
    for address in [
        "redis://user:12?s3cret@h/0",
        "redis://user:12?a=1&s3cret=2@h/0",
        "redis://user:s3cret?x@h/0",
        "redis://h?password=abc&s3cret",
        "redis://h?password=abc&s3cret=1",
        "redis://h?password=s3cret%FF",
        "redis://h?password=a#s3cret",
        "redis://h?password=s3cret&password=s3cret",
        "redis://h?password=s3cret&db=x",
        "redis://h?s3cret-and-more",
        "redis://h?db=s3cret",
        "redis://:a#s3cret@h",
        "unix://s3cret:12",
        "unix://:s3cret@?db=1",
        "unix:///a.sock?password=s3cret&dbs=2",
        "valkey://:s3cret@h",
    ] {
        let error = refused(address);
        assert!(!error.contains("s3cret"), "{address}: {error}");
    }
    let bus = Redis::open("redis://h?password=s3cret&socket_timeout=2").expect("an address");
    assert!(!format!("{bus:?}").contains("s3cret"), "{bus:?}");
}
