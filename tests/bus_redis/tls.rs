//! TLS: `rediss://`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{Backend, ErrorKind};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{LONG, consumer, failed, payloads, publish, read};

fn openssl(folder: &Path, arguments: &str) -> bool {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Creates an authority and its certificate for localhost; `false` without OpenSSL.
fn certificates(folder: &Path) -> bool {
    fs::write(folder.join("extensions"), "subjectAltName=DNS:localhost,IP:127.0.0.1").expect("a file");
    [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile extensions",
    ]
    .iter()
    .all(|arguments| openssl(folder, arguments))
}

#[test]
fn tls_needs_a_certificate_of_a_known_authority() {
    let folder = tempfile::tempdir().expect("a folder");
    if !certificates(folder.path()) {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "there is no openssl");
        eprintln!("skipped: there is no openssl");
        return;
    }
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    // The server uses its usual port for TLS.
    let options = [
        "--tls-cert-file",
        &path("server.crt"),
        "--tls-key-file",
        &path("server.key"),
        "--tls-ca-cert-file",
        &path("ca.crt"),
        "--tls-auth-clients",
        "no",
    ];
    let Some(server) = RedisServer::start_with_tls(&options) else { return };
    let url = format!("rediss://localhost:{}", server.port());
    let error = failed(Redis::open(&url).expect("an address").producer());
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");

    let mut options = Options::default();
    options.root_certificates = Some(fs::read(path("ca.crt")).expect("a certificate"));
    let bus = Redis::open_with(&url, options).expect("an address");
    publish(&bus, &["1"]);
    let consumer = consumer(&bus, "a");
    assert_eq!(payloads(&read(&*consumer).deliveries), ["1"]);
    let large = "x".repeat(10_000_000);
    publish(&bus, &[&large]);
    assert_eq!(payloads(&read(&*consumer).deliveries), [large]);

    // Its waits have a limit as well.
    thread::scope(|scope| {
        let reading = scope.spawn(|| consumer.read(1, LONG, &[]));
        thread::sleep(Duration::from_millis(200));
        server.freeze();
        let stopped = Instant::now() + Duration::from_millis(300);
        consumer.stop_by(stopped);
        assert_eq!(failed(reading.join().expect("no panic")).kind(), ErrorKind::Unreachable);
        assert!(stopped.elapsed() < Duration::from_secs(2), "{:?}", stopped.elapsed());
    });
    server.thaw();
}
