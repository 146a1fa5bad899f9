//! The log of a soak: one file, to which all of its processes append. So its lines are in the order of what happened.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// In microseconds since 1970.
    pub(crate) at: u64,
    /// Who has written it.
    pub(crate) life: Life,
    pub(crate) record: Record,
}

/// A life of a process: the name of its member and a number, such as `one.3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Life(String);

impl From<(&str, usize)> for Life {
    fn from((member, number): (&str, usize)) -> Self {
        Self(format!("{member}.{number}"))
    }
}

impl Life {
    /// The name of the member whose life it is.
    pub(crate) fn member(&self) -> &str {
        self.0.rsplit_once('.').map_or(&self.0, |(member, _)| member)
    }
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Life {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// A text that is one word in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text(pub(crate) String);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let is_printed = |letter: char| letter.is_ascii_graphic() && letter != ';';
        let text: String = text.chars().map(|letter| if is_printed(letter) { letter } else { '_' }).collect();
        Self(if text.is_empty() { "-".to_owned() } else { text })
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Text {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

/// A line makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nonsense;

fn next<'a, T: FromStr>(words: &mut impl Iterator<Item = &'a str>) -> Result<T, Nonsense> {
    words.next().and_then(|word| word.parse().ok()).ok_or(Nonsense)
}

macro_rules! records {
    ($($(#[$doc:meta])* $word:literal $name:ident { $($field:ident: $type:ty),* $(,)? })*) => {
        /// What a line says.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) enum Record {
            $($(#[$doc])* $name { $($field: $type),* },)*
        }

        impl fmt::Display for Record {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name { $($field),* } => {
                        f.write_str($word)?;
                        $(write!(f, " {}", $field)?;)*
                        Ok(())
                    })*
                }
            }
        }

        impl FromStr for Record {
            type Err = Nonsense;

            fn from_str(text: &str) -> Result<Self, Nonsense> {
                let mut words = text.split(' ');
                let record = match words.next() {
                    $(Some($word) => Self::$name { $($field: next(&mut words)?),* },)*
                    _ => return Err(Nonsense),
                };
                words.next().is_none().then_some(record).ok_or(Nonsense)
            }
        }
    };
}

records! {
    // Of the soak itself.

    /// A process was started.
    "start" Start { life: Life, group: Text }
    /// It is killed.
    "kill" Kill { life: Life }
    /// It was sent SIGTERM.
    "term" Term { life: Life }
    /// The same, when no fault is left that could keep it from a clean end.
    "finish" Finish { life: Life }
    /// It has ended, such as with `exit-0` or `signal-9`.
    "ended" Ended { life: Life, how: Text }
    /// It has not ended in time.
    "overstayed" Overstayed { life: Life }
    /// A fault begins: of `bus`, or of one member or receiver.
    "fault" Fault { id: u64, target: Text, what: Text }
    /// It ends.
    "healed" Healed { id: u64 }
    /// There are no more faults.
    "calm" Calm {}
    /// Not everything is done long after the last fault.
    "undrained" Undrained { what: Text }
    /// An entry of the topic, in its order.
    "stored" Stored { entry: Text, number: i64 }
    /// A dead letter, with the receivers that failed, separated by commas.
    "dead" Dead { group: Text, entry: Text, number: i64, reason: Text, receivers: Text }

    // Of producers.

    /// An event is sent.
    "sent" Sent { number: i64, key: Text, fate: Text, receiver: Text }
    /// The bus has it.
    "published" Published { number: i64 }
    "refused" Refused { number: i64, why: Text }
    /// Whether a producer or consumer is ready at its end.
    "ready" Ready { is_ready: bool }

    // Of consumers.

    "subscribing" Subscribing {}
    /// `way` is `read` or `claim`; the call began at `since`.
    "delivered" Delivered { entry: Text, number: i64, way: Text, since: u64 }
    "begin" Begin { number: i64, receiver: Text }
    "done" Done { number: i64, receiver: Text }
    "failed" Failed { number: i64, receiver: Text }
    /// All receivers have run.
    "outcome" Outcome { entry: Text, number: i64, outcome: Text }
    /// An attempt is about to be counted.
    "counting" Counting { entry: Text }
    /// It was recorded that it has returned.
    "returned" Returned { entry: Text }
    /// The entry was acknowledged or dead-lettered.
    "acknowledged" Acknowledged { entry: Text }
    "released" Released { entry: Text }
    /// The entry was parked under this id, for these receivers.
    "parked" Parked { id: u64, entry: Text, number: i64, receivers: Text }
    /// A parked event of another consumer is this one's from now on.
    "claimed-parked" ClaimedParked { id: u64 }
    /// A parked event is about to be started, which is counted.
    "starting" Starting { id: u64 }
    /// It was delivered from the store. `way` is `own`, or `claim` if another consumer had parked it.
    "started" Started { id: u64, entry: Text, number: i64, way: Text, since: u64 }
    /// It waits for these receivers now; for none: it is done or dead-lettered.
    "settled" Settled { id: u64, receivers: Text }
    /// It was told that it does not have the entry any more.
    "lost" Lost { entry: Text }
}

/// Appends lines of one life.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    life: Life,
}

/// The end of a whole line: a killed process may leave a part of one.
pub(crate) const END: &str = " ;";

impl Log {
    pub(crate) fn open(path: &Path, life: Life) -> io::Result<Self> {
        Ok(Self { file: File::options().create(true).append(true).open(path)?, life })
    }

    /// Appends a line, in one write. The process aborts if that fails: nothing is worth anything without its log.
    pub(crate) fn write(&self, record: Record) {
        self.write_all(std::iter::once(record));
    }

    /// Appends lines, in one write.
    pub(crate) fn write_all(&self, records: impl Iterator<Item = Record>) {
        let at = now();
        let mut lines = String::new();
        for record in records {
            // Writing to a string cannot fail.
            let _ = write!(lines, "\n{}{END}", Line { at, life: self.life.clone(), record });
        }
        if (&self.file).write_all(lines.as_bytes()).is_err() {
            std::process::abort();
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.at, self.life, self.record)
    }
}

impl FromStr for Line {
    type Err = Nonsense;

    /// Without what is at the end of a whole line.
    fn from_str(text: &str) -> Result<Self, Nonsense> {
        let mut words = text.splitn(3, ' ');
        Ok(Self { at: next(&mut words)?, life: next(&mut words)?, record: next(&mut words)? })
    }
}

/// Microseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
