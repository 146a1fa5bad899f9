//! One request and its answer: [`answer`].

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::{liveness, readiness};
use crate::bus::metrics;

/// A client that has not sent its request by then, or not read the answer, is left alone.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The longest request.
const MAX_BYTES: usize = 8 * 1024;

/// What is answered.
struct Answer {
    status: &'static str,
    content_type: &'static str,
    body: String,
}

/// Reads a request and answers it.
pub(super) fn answer(mut stream: TcpStream) -> io::Result<()> {
    let deadline = Instant::now() + TIMEOUT;
    let request = read(&mut stream, deadline)?;
    let (answer, has_body) = respond(&request);
    let Answer { status, content_type, body } = answer;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n"
    );
    // What the metrics have asked of the bus is not the client's time.
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(head.as_bytes())?;
    if has_body {
        stream.write_all(body.as_bytes())?;
    }
    stream.shutdown(Shutdown::Write)
}

/// Reads up to the end of the headers.
fn read(stream: &mut TcpStream, deadline: Instant) -> io::Result<Vec<u8>> {
    let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || request.len() >= MAX_BYTES {
            return Ok(request);
        }
        stream.set_read_timeout(Some(left))?;
        let count = stream.read(&mut buffer)?;
        request.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if count == 0 || request.windows(4).any(|four| four == b"\r\n\r\n") {
            return Ok(request);
        }
    }
}

/// The answer to a request, and whether its body is sent.
fn respond(request: &[u8]) -> (Answer, bool) {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut parts = line.split(' ');
    let (method, target) = (parts.next().unwrap_or_default(), parts.next());
    let Some(target) = target.filter(|_| parts.next().is_some_and(|version| version.starts_with("HTTP/1.")))
    else {
        return (plain("400 Bad Request", "this is no request of HTTP/1.1\n"), true);
    };
    if !matches!(method, "GET" | "HEAD") {
        return (plain("405 Method Not Allowed", "only GET and HEAD are answered\n"), true);
    }
    let path = target.split('?').next().unwrap_or_default();
    let answer = match path {
        "/healthz" => checked(liveness(), "alive\n"),
        "/readyz" => checked(readiness(), "ready\n"),
        "/metrics" => Answer {
            status: "200 OK",
            content_type: "text/plain; version=0.0.4; charset=utf-8",
            body: metrics::text(),
        },
        _ => plain("404 Not Found", "there are /healthz, /readyz and /metrics\n"),
    };
    (answer, method == "GET")
}

fn checked(checked: Result<(), Vec<String>>, fine: &str) -> Answer {
    match checked {
        Ok(()) => plain("200 OK", fine),
        Err(reasons) => {
            // One line each, whatever an error says.
            let lines = reasons.iter().map(|reason| reason.replace(char::is_control, " ") + "\n");
            plain("503 Service Unavailable", &lines.collect::<String>())
        }
    }
}

fn plain(status: &'static str, body: &str) -> Answer {
    Answer { status, content_type: "text/plain; charset=utf-8", body: body.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_for_known_paths_are_answered() {
        let status = |request: &str| respond(request.as_bytes()).0.status;
        assert_eq!(status("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), "200 OK");
        assert_eq!(status("HEAD /metrics?name=a HTTP/1.0\r\n\r\n"), "200 OK");
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), "404 Not Found");
        assert_eq!(status("POST /healthz HTTP/1.1\r\n\r\n"), "405 Method Not Allowed");
        for request in ["", "GET", "GET /healthz", "GET /healthz FTP/1", "\u{0}\u{0}\r\n\r\n"] {
            assert_eq!(status(request), "400 Bad Request", "{request:?}");
        }
        assert!(!respond(b"HEAD /healthz HTTP/1.1\r\n\r\n").1);
    }

    #[test]
    fn each_reason_is_one_line() {
        let answer = checked(Err(vec!["a\r\nb".to_owned(), "c".to_owned()]), "");
        assert_eq!((answer.status, &*answer.body), ("503 Service Unavailable", "a  b\nc\n"));
    }
}
