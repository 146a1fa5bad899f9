//! What must hold for what reaches the event bus from outside: replies of a server, settings, dead letters.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use openedx_events::avro::Fingerprint;
use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, BusError, BusSettings, DeadLetter, Header, Message, StartAt, Subscription, Topic, headers,
};

/// The first byte picks what is asked, the others are what a Redis server replies. Whatever it is, the client returns.
pub fn redis_replies(data: &[u8]) {
    let Some((operation, replies)) = data.split_first() else { return };
    let server = Server::shared();
    *server.replies.lock().expect("no panic") = replies.to_vec();
    let options = Options::new().response_timeout(Duration::from_millis(500));
    let redis = Redis::open_with(&server.url, options).expect("the address is right");
    if let Err(error) = ask(&redis, *operation) {
        // It is greeted as it should be: what fails comes later.
        assert!(!error.to_string().starts_with("connecting"), "{error}");
    }
}

fn ask(redis: &Redis, operation: u8) -> Result<(), BusError> {
    let topic = Topic::new("topic").expect("a name");
    let message =
        Message { headers: vec![Header::new(headers::PARTITION_KEY, "key")], payload: Some(vec![0]) };
    match operation % 8 {
        0 => drop(redis.groups(&topic)?),
        1 => {
            for delivery in redis.browse(&topic, None, 100)? {
                // What any program does with a message.
                let _ = delivery.message.metadata(delivery.entry.as_str());
                let _ = (DeadLetter::read(&delivery.message), format!("{delivery:?}"));
                // The id can be used to go on.
                let _ = redis.browse(&topic, Some(&delivery.entry), 1);
            }
        }
        2 => drop(redis.schema(&topic, "0123456789abcdef".parse::<Fingerprint>().expect("a fingerprint"))?),
        3 => drop(redis.create_group(&topic, "group", StartAt::Latest)?),
        4 => drop(redis.skip(&topic, "group")?),
        5 => drop(redis.delete_group(&topic, "group")?),
        6 => {
            let published = redis.producer()?.publish(&topic, &[message.clone(), message]);
            if let Err(error) = &published {
                assert!(error.stored <= 2, "{error}");
            }
            published.map_err(|error| error.error)?;
        }
        _ => {
            let consumer = redis.consumer(&Subscription::new(topic, "group", "consumer"))?;
            consumer.stop_by(std::time::Instant::now() + Duration::from_secs(1));
            let batch = consumer.read(100, Duration::ZERO, &[])?;
            let entries: Vec<_> = batch.deliveries.iter().map(|delivery| delivery.entry.clone()).collect();
            consumer.renew(&entries)?;
            consumer.claim(10)?;
            consumer.acknowledge(&entries)?;
        }
    }
    Ok(())
}

/// A server that says to each client what it was told to.
struct Server {
    url: String,
    replies: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let url = format!("redis://{}", listener.local_addr().expect("a bound port"));
            let replies: Arc<Mutex<Vec<u8>>> = Arc::default();
            let told = Arc::clone(&replies);
            thread::spawn(move || {
                for client in listener.incoming().flatten() {
                    let replies = told.lock().expect("no panic").clone();
                    thread::spawn(move || {
                        // A client may close the connection at any time.
                        let _ = reply(&client, &replies);
                    });
                }
            });
            Self { url, replies }
        })
    }
}

/// Greets a client as a real server does, and then says everything at once, and nothing more.
fn reply(client: &TcpStream, replies: &[u8]) -> std::io::Result<()> {
    let mut requests = BufReader::new(client);
    let mut client = client;
    loop {
        let Some(command) = command(&mut requests)? else { return Ok(()) };
        match command.as_slice() {
            b"HELLO" => client.write_all(b"*4\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$2\r\nid\r\n:3\r\n")?,
            b"CLIENT" | b"PING" => client.write_all(b"+OK\r\n")?,
            _ => break,
        }
    }
    client.write_all(replies)?;
    client.shutdown(Shutdown::Write)?;
    // A connection that is closed with unread requests is reset, and the client would miss what was said.
    std::io::copy(&mut requests, &mut std::io::sink()).map(drop)
}

/// The name of the next command, whose arguments are skipped. `None` at the end.
fn command(requests: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let Some(count) = number(requests)? else { return Ok(None) };
    let mut name = None;
    for _ in 0..count {
        let Some(size) = number(requests)? else { return Ok(None) };
        let mut argument = vec![0; size + 2];
        requests.read_exact(&mut argument)?;
        argument.truncate(size);
        name.get_or_insert(argument);
    }
    Ok(name)
}

/// The number in a line such as `*3` or `$5`.
fn number(requests: &mut impl BufRead) -> std::io::Result<Option<usize>> {
    let mut line = String::new();
    requests.read_line(&mut line)?;
    Ok(line.get(1..).and_then(|number| number.trim_end().parse().ok()))
}

/// The first byte picks the kind of a layer, the others are its text; or there are several layers, each ended by a form feed,
/// and each with such a byte. Settings are read, or all that is wrong is said.
pub fn settings(data: &[u8]) {
    let several = data.first() == Some(&SEVERAL);
    let mut layers = BusSettings::layers();
    for layer in data[usize::from(several)..].split(|byte| several && *byte == LAYER_END) {
        let Some((kind, text)) = layer.split_first() else { return };
        let Ok(text) = std::str::from_utf8(text) else { return };
        layers = match kind % 3 {
            0 => layers.toml("fuzz.toml", text),
            1 => layers.json("fuzz.json", text),
            _ => {
                let lines = text.lines().filter_map(|line| line.split_once('='));
                layers.variables(lines.map(|(name, value)| (name.to_owned(), value.to_owned())))
            }
        };
    }
    match layers.read() {
        Ok(settings) => {
            assert!(!format!("{settings:?}").is_empty());
            assert!(settings.producer_config.iter().all(|(event_type, topic, config)| {
                settings.producer_config.get(event_type, topic) == Some(config)
            }));
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            assert!(error.problems().iter().all(|problem| !problem.to_string().is_empty()));
        }
    }
}

const SEVERAL: u8 = 0xff;
const LAYER_END: u8 = 0x0c;

/// Headers of a message: for each a byte that picks its name, the length of its value, and the value. What can be read as a
/// dead letter is the same again when it is written.
pub fn dead_letter(data: &[u8]) {
    const NAMES: [&str; 8] =
        ["dlq_version", "dlq_reason", "dlq_group", "dlq_error", "dlq_attempts", "dlq_receiver", "type", "id"];
    let mut message = Message { headers: Vec::new(), payload: None };
    let mut rest = data;
    while let [name, length, after @ ..] = rest {
        let (value, after) = after.split_at(after.len().min(usize::from(*length)));
        let name = NAMES[usize::from(*name) % NAMES.len()];
        message
            .headers
            .push(Header { name: Cow::Borrowed(name.as_bytes()), value: Cow::Owned(value.to_vec()) });
        rest = after;
    }
    let original = DeadLetter::original(&message);
    assert!(message.headers.starts_with(&original.headers));
    let Ok(letter) = DeadLetter::read(&message) else { return };
    let written = letter.message(&original, "group", "1-0");
    assert_eq!(DeadLetter::original(&written), original);
    assert_eq!(DeadLetter::read(&written), Ok(letter));
}
