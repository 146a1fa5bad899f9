//! `produce`: events from lines of JSON to a topic.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};

use clap::Args;

use super::lines_ahead::has_line;
use super::options::{Bus, BusOptions};
use super::progress::Progress;
use super::published::{Published, ToPublish};
use crate::avro::Fingerprint;
use crate::bus::{BusError, Message, Producer, StartTimeout, Topic};
use crate::cli::lines::Lines;
use crate::cli::output::Format;
use crate::cli::send::LineOutcome;
use crate::cli::{Failure, Outcome, Streams, Success};

/// How many lines are published at once, and about how many bytes.
const MOST_LINES: usize = 1000;
const MOST_BYTES: usize = 1024 * 1024;

#[derive(Args)]
pub(in crate::cli) struct Produce {
    /// The topic, without the prefix of the settings.
    #[arg(short = 't', long, value_name = "TOPIC")]
    topic: String,
    #[command(flatten)]
    bus: BusOptions,
    /// A file with one CloudEvent a line, in JSON; without it, or with `-`, the standard input.
    file: Option<OsString>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Produce {
    pub(in crate::cli) fn run(&self, streams: Streams<'_>, shows_progress: bool) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        crate::check().map_err(|problems| Failure::Refused(format!("nothing was published: {problems}")))?;
        let bus = self.bus.open()?;
        let topic = bus.topic(&self.topic)?;
        let file = self.file.as_deref().filter(|path| *path != "-");
        let (name, input): (_, Box<dyn Read + '_>) = match file {
            None => ("the standard input".into(), Box::new(stdin)),
            Some(path) => {
                let name = path.to_string_lossy();
                match File::open(path) {
                    Ok(file) => (name, Box::new(file)),
                    Err(error) => return Err(Failure::Refused(format!("cannot open {name}: {error}"))),
                }
            }
        };
        let mut input = BufReader::with_capacity(MOST_BYTES, input);
        let mut output = Output {
            format: self.format,
            totals: Totals::default(),
            progress: Progress::new(shows_progress),
            stdout,
            stderr,
        };
        let mut sender = Sender { bus: &bus, topic, producer: None, schemas: Vec::new(), doubtful: 0 };
        let ended = self.publish_all(Lines::new(&mut input), &name, &mut sender, &mut output);
        output.end(sender.doubtful);
        match ended {
            Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Ok(Success::Incomplete)
            }
            Ok(()) if output.totals.bad + output.totals.failed > 0 => Ok(Success::Incomplete),
            ended => ended.map(|()| Success::Complete),
        }
    }

    fn publish_all<R: Read>(
        &self,
        mut lines: Lines<'_, BufReader<R>>,
        name: &str,
        sender: &mut Sender<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Failure> {
        loop {
            let mut batch = Batch::default();
            let read = loop {
                match lines.next() {
                    Ok(Some(line)) => {
                        batch.push(Published::read(line, &self.topic, &sender.bus.settings.producer_config));
                    }
                    Ok(None) => break Ok(false),
                    Err(error) => break Err(Failure::Refused(format!("cannot read {name}: {error}"))),
                }
                // What is there is not to wait for what is not.
                if batch.is_full() || !has_line(lines.input()) {
                    break Ok(true);
                }
            };
            let sent = sender.send(&mut batch, output);
            output.print(&batch.lines)?;
            sent?;
            if !read? {
                return Ok(());
            }
        }
    }
}

/// Lines that are published at once, those among them that have no event included.
#[derive(Default)]
struct Batch {
    lines: Vec<Published>,
    messages: Vec<Message>,
    /// What they are written with.
    schemas: Vec<(Fingerprint, &'static str)>,
    /// The line of each message.
    places: Vec<usize>,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, (line, read): (Published, Option<ToPublish>)) {
        if let Some(ToPublish { message, schema }) = read {
            if let Some(schema) = schema.filter(|schema| !self.schemas.contains(schema)) {
                self.schemas.push(schema);
            }
            self.bytes += message.size();
            self.messages.push(message);
            self.places.push(self.lines.len());
        }
        self.lines.push(line);
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= MOST_LINES || self.bytes >= MOST_BYTES
    }
}

/// Publishes to a topic.
struct Sender<'a> {
    bus: &'a Bus,
    topic: Topic,
    producer: Option<Box<dyn Producer>>,
    /// What the bus keeps already.
    schemas: Vec<(Fingerprint, &'static str)>,
    /// How many messages were published again, as it was not known whether they were.
    doubtful: u64,
}

impl Sender<'_> {
    /// Publishes a batch, and notes what became of its lines.
    fn send(&mut self, batch: &mut Batch, output: &mut Output<'_>) -> Result<(), BusError> {
        let (mut stored, mut doubtful, mut has_told) = (0, 0, false);
        let sent = StartTimeout::new(self.bus.timeout, &|| false).retry(
            || {
                let rest = &batch.messages[stored..];
                if rest.is_empty() {
                    return Ok(());
                }
                let producer = match &mut self.producer {
                    Some(producer) => producer,
                    none => none.insert(self.bus.backend.producer()?),
                };
                let new = batch.schemas.iter().filter(|schema| !self.schemas.contains(schema));
                let new: Vec<_> = new.copied().collect();
                if !new.is_empty() {
                    self.bus.backend.store_schemas(&self.topic, &new)?;
                    self.schemas.extend(new);
                }
                self.doubtful += doubtful;
                doubtful = 0;
                producer.publish(&self.topic, rest).map_err(|error| {
                    let left = rest.len() - error.stored;
                    stored += error.stored;
                    doubtful = if error.is_unknown { left as u64 } else { 0 };
                    // A bus that was lost may have come back without the schemas.
                    self.schemas.clear();
                    error.error
                })
            },
            |error| {
                if !has_told {
                    has_told = true;
                    output.note(&format!("waiting for the bus: {error}"));
                }
            },
        );
        if sent.is_ok() {
            stored = batch.messages.len();
        }
        for (place, line) in batch.places.iter().enumerate() {
            match &sent {
                Err(error) if place >= stored => {
                    let doubt = if doubtful > 0 { "it may be published or not: " } else { "not published: " };
                    batch.lines[*line].has_failed(format!("{doubt}{error}"));
                }
                _ => batch.lines[*line].is_stored(),
            }
        }
        sent
    }
}

/// How many lines came to what.
#[derive(Default)]
struct Totals {
    published: u64,
    bad: u64,
    failed: u64,
}

/// Where the results go.
struct Output<'a> {
    format: Format,
    totals: Totals,
    progress: Progress,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
}

impl Output<'_> {
    fn print(&mut self, lines: &[Published]) -> io::Result<()> {
        for line in lines {
            *match line.outcome() {
                LineOutcome::Ok => &mut self.totals.published,
                LineOutcome::Failed => &mut self.totals.failed,
                LineOutcome::Bad => &mut self.totals.bad,
            } += 1;
        }
        lines.iter().try_for_each(|line| line.print(self.format, self.stdout))?;
        self.stdout.flush()?;
        let Totals { published, bad, failed } = self.totals;
        self.progress.show(published + bad + failed, self.stderr);
        Ok(())
    }

    fn note(&mut self, note: &str) {
        self.progress.clear(self.stderr);
        // What goes to stderr is not worth failing for.
        let _ = writeln!(self.stderr, "{note}");
    }

    fn end(&mut self, doubtful: u64) {
        let Totals { published, bad, failed } = self.totals;
        let plural = if bad == 1 { "" } else { "s" };
        self.note(&format!("{published} published, {bad} bad line{plural}, {failed} failed"));
        if doubtful > 0 {
            self.note(&format!("{doubtful} of them may be published twice, as the bus did not answer"));
        }
    }
}
