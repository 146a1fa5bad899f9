//! A webhook: an HTTP server on this machine.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use example_zapier::Zapier;

use crate::WEBHOOKS;

/// Far more than a busy machine needs.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// Part of each URL, which nothing may show.
pub(crate) const SECRET: &str = "hooks-8421";

/// What was posted: the name of the webhook, and names and values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Posted {
    pub(crate) webhook: String,
    pub(crate) form: Vec<(String, String)>,
}

/// Keeps what is posted. Stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    posted: Mutex<Vec<Posted>>,
    /// What it answers next; 200 if there is none.
    statuses: Mutex<VecDeque<u16>>,
    is_stopped: AtomicBool,
}

impl Server {
    /// Answers these statuses first, and then 200.
    pub(crate) fn start(statuses: impl IntoIterator<Item = u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared =
            Arc::new(Shared { statuses: Mutex::new(statuses.into_iter().collect()), ..Shared::default() });
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.is_stopped.load(Ordering::Acquire) {
                    break;
                }
                // A client that goes away is none of its business.
                let _ = stream.and_then(|stream| serving.serve(&stream));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// The settings of all webhooks, here.
    pub(crate) fn zapier(&self) -> Zapier {
        Zapier::from_settings(|name| Some(self.url(name))).expect("URLs")
    }

    pub(crate) fn url(&self, setting: &str) -> String {
        let found = WEBHOOKS.iter().find(|(name, _)| *name == setting);
        let (_, path) = found.unwrap_or_else(|| panic!("no setting of upstream: {setting}"));
        format!("http://{}/{SECRET}/{path}", self.address)
    }

    pub(crate) fn posted(&self) -> Vec<Posted> {
        lock(&self.shared.posted).clone()
    }
}

impl Shared {
    /// Reads one request, and answers it.
    fn serve(&self, mut stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(DEADLINE))?;
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim_end().is_empty() {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let header = |wanted: &str| {
            let headers = head.iter().filter_map(|line| line.split_once(": "));
            headers.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value).next()
        };
        let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let path =
            head.first().and_then(|line| line.strip_prefix("POST ")).and_then(|rest| rest.split(' ').next());
        let webhook = path.and_then(|path| path.strip_prefix(&format!("/{SECRET}/")));
        let is_form = header("content-type") == Some("application/x-www-form-urlencoded");
        let (Some(webhook), true) = (webhook, is_form) else {
            return stream
                .write_all(b"HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        };
        let form = form_urlencoded::parse(&body).into_owned().collect();
        lock(&self.posted).push(Posted { webhook: webhook.to_owned(), form });
        let status = lock(&self.statuses).pop_front().unwrap_or(200);
        let answer = format!(
            "HTTP/1.1 {status} As told\r\nlocation: /{SECRET}/elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(answer.as_bytes())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Release);
        // Wakes it.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
