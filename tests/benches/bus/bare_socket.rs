//! A reader without a client: it writes what it needs on a socket and walks over the replies where they lie. What it
//! handles in the same time is what a faster parser of replies could give.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::raw::{BATCH, GROUP};

pub(crate) struct BareSocket {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    value: Vec<u8>,
}

impl BareSocket {
    pub(crate) fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream), line: Vec::new(), value: Vec::new() })
    }

    /// As [`raw::consume`](crate::raw::consume), with the values looked at and not kept.
    pub(crate) fn consume(&mut self, key: &str) -> io::Result<(Duration, usize)> {
        let batch = BATCH.to_string();
        let read = ["XREADGROUP", "GROUP", GROUP, "bare", "COUNT", &batch, "STREAMS", key, ">"];
        let (start, mut done, mut count) = (Instant::now(), Vec::<String>::new(), 0);
        let mut end = start;
        loop {
            let mut request = Vec::new();
            if !done.is_empty() {
                let acknowledge: Vec<_> =
                    ["XACK", key, GROUP].into_iter().chain(done.iter().map(String::as_str)).collect();
                write(&mut request, &acknowledge)?;
            }
            write(&mut request, &read)?;
            self.stream.get_mut().write_all(&request)?;
            if !done.is_empty() {
                self.number()?;
            }
            // One stream: its name and its entries, each an id and its fields.
            if self.number()? < 0 {
                return Ok((end - start, count));
            }
            self.number()?;
            self.text()?;
            let entries = self.number()?;
            done.clear();
            for _ in 0..entries {
                self.number()?;
                self.text()?;
                done.push(String::from_utf8_lossy(&self.value).into_owned());
                for _ in 0..self.number()? {
                    self.text()?;
                }
            }
            count += done.len();
            end = Instant::now();
        }
    }

    /// What follows the first byte of a line.
    fn number(&mut self) -> io::Result<i64> {
        self.line.clear();
        self.stream.read_until(b'\n', &mut self.line)?;
        let text = self.line.get(1..).and_then(|rest| str::from_utf8(rest).ok()).unwrap_or_default();
        text.trim_end().parse().map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn text(&mut self) -> io::Result<()> {
        let length = usize::try_from(self.number()?).map_err(|_| io::ErrorKind::InvalidData)?;
        self.value.resize(length + 2, 0);
        self.stream.read_exact(&mut self.value)?;
        self.value.truncate(length);
        Ok(())
    }
}

fn write(request: &mut Vec<u8>, parts: &[&str]) -> io::Result<()> {
    write!(request, "*{}\r\n", parts.len())?;
    parts.iter().try_for_each(|part| write!(request, "${}\r\n{part}\r\n", part.len()))
}
