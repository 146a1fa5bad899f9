//! A position in a distributed trace, as W3C Trace Context writes it: [`TraceParent`].

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::chain::debug_like_display;

/// The span that something was sent from: the value of the header `traceparent` of [W3C Trace Context][w3c].
///
/// It travels with an event over the bus. [`Context::traceparent`](crate::Context::traceparent) returns it to connected
/// closures. It holds ids and nothing else, so that it belongs to no tracing library.
///
/// ```
/// use openedx_events::TraceParent;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let parent: TraceParent = text.parse()?;
/// assert!(parent.is_sampled());
/// assert_eq!(parent.span_id(), [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
/// assert_eq!(parent.to_string(), text);
///
/// // From the ids of a tracing library. Ids of zeros mean that there is no trace.
/// assert_eq!(TraceParent::new(parent.trace_id(), parent.span_id(), true), Some(parent));
/// assert_eq!(TraceParent::new([0; 16], [0; 8], true), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [w3c]: https://www.w3.org/TR/trace-context/#traceparent-header
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    flags: u8,
}

/// The bit of the flags that says that the sender may have recorded its span.
const SAMPLED: u8 = 0b1;
/// The length of a `traceparent` of version 00, in bytes.
const LEN: usize = 55;

impl TraceParent {
    /// The span with these ids. Returns `None` if one of them is all zeros, which is how tracing libraries say that
    /// there is no span.
    pub fn new(trace_id: [u8; 16], span_id: [u8; 8], is_sampled: bool) -> Option<Self> {
        Self::with_flags(trace_id, span_id, if is_sampled { SAMPLED } else { 0 })
    }

    fn with_flags(trace_id: [u8; 16], span_id: [u8; 8], flags: u8) -> Option<Self> {
        (trace_id != [0; 16] && span_id != [0; 8]).then_some(Self { trace_id, span_id, flags })
    }

    /// The id of the trace.
    pub fn trace_id(&self) -> [u8; 16] {
        self.trace_id
    }

    /// The id of the span, which the specification calls the parent id.
    pub fn span_id(&self) -> [u8; 8] {
        self.span_id
    }

    /// Whether the sender may have recorded its span.
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// Reads the bytes of a header.
    pub(crate) fn read(text: &[u8]) -> Result<Self, InvalidTraceParent> {
        let mut fields = Fields(text);
        let [version] = fields.hex(Part::Version)?;
        // Reserved: with it, a reader could not tell the fields apart.
        if version == 0xff {
            return Err(InvalidTraceParent(Part::Version));
        }
        let trace_id = fields.next(Part::TraceId)?;
        let span_id = fields.next(Part::SpanId)?;
        let [flags] = fields.next(Part::Flags)?;
        let (is_end, flags) = match version {
            0 => (text.len() == LEN, flags),
            // A later version has these fields, too, and may have more behind them. Of its flags only this one is
            // known.
            _ => (text.get(LEN).is_none_or(|byte| *byte == b'-'), flags & SAMPLED),
        };
        if !is_end {
            return Err(InvalidTraceParent(Part::End));
        }
        let zeros = if trace_id == [0; 16] { Part::TraceId } else { Part::SpanId };
        Self::with_flags(trace_id, span_id, flags).ok_or(InvalidTraceParent(zeros))
    }
}

/// What is left of a text.
struct Fields<'t>(&'t [u8]);

impl Fields<'_> {
    /// The field after a hyphen.
    fn next<const N: usize>(&mut self, part: Part) -> Result<[u8; N], InvalidTraceParent> {
        self.0 = self.0.strip_prefix(b"-").ok_or(InvalidTraceParent(part))?;
        self.hex(part)
    }

    /// Bytes as hexadecimal numbers. Upper case is invalid.
    fn hex<const N: usize>(&mut self, part: Part) -> Result<[u8; N], InvalidTraceParent> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            let Some(([high, low], rest)) = self.0.split_first_chunk() else {
                return Err(InvalidTraceParent(part));
            };
            let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
                return Err(InvalidTraceParent(part));
            };
            *byte = high << 4 | low;
            self.0 = rest;
        }
        Ok(bytes)
    }
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text.as_bytes())
    }
}

/// As version 00 writes it.
impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace_id, span_id) = (u128::from_be_bytes(self.trace_id), u64::from_be_bytes(self.span_id));
        write!(f, "00-{trace_id:032x}-{span_id:016x}-{:02x}", self.flags)
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not a `traceparent` of W3C Trace Context.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidTraceParent(Part);

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Version,
    TraceId,
    SpanId,
    Flags,
    End,
}

impl fmt::Display for InvalidTraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Part::Version => {
                "invalid traceparent: the version must be two digits of lower-case hex, and not `ff`"
            }
            Part::TraceId => {
                "invalid traceparent: the trace id must be 32 digits of lower-case hex, not all of them 0"
            }
            Part::SpanId => {
                "invalid traceparent: the parent id must be 16 digits of lower-case hex, not all of them 0"
            }
            Part::Flags => "invalid traceparent: the flags must be two digits of lower-case hex",
            Part::End => "invalid traceparent: there is text behind the flags",
        })
    }
}

debug_like_display!(InvalidTraceParent);

impl Error for InvalidTraceParent {}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

    fn read(text: &str) -> Result<TraceParent, Part> {
        text.parse().map_err(|InvalidTraceParent(part)| part)
    }

    impl fmt::Debug for Part {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            InvalidTraceParent(*self).fmt(f)
        }
    }

    #[test]
    fn version_00_is_read_and_written_unchanged() {
        for flags in ["00", "01", "03", "ff"] {
            let text = format!("00-{IDS}-{flags}");
            assert_eq!(read(&text).expect("valid").to_string(), text);
        }
        assert!(!read(&format!("00-{IDS}-02")).expect("valid").is_sampled());
        assert!(read(&format!("00-{IDS}-03")).expect("valid").is_sampled());
    }

    #[test]
    fn a_later_version_may_have_more_fields() {
        let known = read(&format!("00-{IDS}-01")).expect("valid");
        for text in [format!("cc-{IDS}-01"), format!("cc-{IDS}-ff-what-it-adds"), format!("01-{IDS}-01-")] {
            assert_eq!(read(&text), Ok(known), "{text}");
        }
        assert_eq!(read(&format!("cc-{IDS}-01.more")), Err(Part::End));
    }

    #[test]
    fn anything_else_is_invalid() {
        let zeros = "00000000000000000000000000000000-00f067aa0ba902b7";
        let no_span = "4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000";
        for (text, part) in [
            (String::new(), Part::Version),
            ("0".to_owned(), Part::Version),
            (format!("ff-{IDS}-01"), Part::Version),
            (format!("0-{IDS}-01"), Part::Version),
            (format!(" 00-{IDS}-01"), Part::Version),
            (format!("00_{IDS}-01"), Part::TraceId),
            (format!("00-{}-01", IDS.to_uppercase()), Part::TraceId),
            (format!("00-{zeros}-01"), Part::TraceId),
            ("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01".to_owned(), Part::TraceId),
            (format!("00-{no_span}-01"), Part::SpanId),
            (format!("00-{}-01", &IDS[..IDS.len() - 1]), Part::SpanId),
            (format!("00-{IDS}"), Part::Flags),
            (format!("00-{IDS}-1"), Part::Flags),
            (format!("00-{IDS}-0g"), Part::Flags),
            (format!("00-{IDS}-01-"), Part::End),
            (format!("00-{IDS}-01 "), Part::End),
        ] {
            assert_eq!(read(&text), Err(part), "{text}");
        }
    }
}
