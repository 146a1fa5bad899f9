//! Commands as they go over the wire: [`Request`].

/// Commands that are sent together. Each gets a reply of its own.
///
/// Written here and not by the client, which copies each argument twice: the fields of an entry are most of what is sent.
#[derive(Default)]
pub(super) struct Request {
    bytes: Vec<u8>,
    commands: usize,
}

impl Request {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A request with room for about this number of bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), commands: 0 }
    }

    /// A request of one command.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut request = Self::new();
        request.command(parts);
        request
    }

    /// Adds a command.
    pub(super) fn command(&mut self, parts: &[&[u8]]) -> &mut Self {
        self.begin(parts.len());
        self.parts(parts)
    }

    /// Begins a command with this number of parts, its name included. The parts must follow.
    pub(super) fn begin(&mut self, parts: usize) -> &mut Self {
        self.commands += 1;
        self.number(b'*', parts);
        self
    }

    /// Adds parts of the command that was begun.
    pub(super) fn parts(&mut self, parts: &[&[u8]]) -> &mut Self {
        for part in parts {
            self.part(part);
        }
        self
    }

    /// Adds a part of the command that was begun.
    pub(super) fn part(&mut self, part: &[u8]) -> &mut Self {
        self.number(b'$', part.len());
        self.bytes.extend_from_slice(part);
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of commands.
    pub(super) fn commands(&self) -> usize {
        self.commands
    }

    /// Each part has one, and formatting it would cost more than copying the part.
    fn number(&mut self, kind: u8, number: usize) {
        // Enough for 64 bits.
        let (mut digits, mut first, mut rest) = ([0; 20], 20, number);
        loop {
            first -= 1;
            digits[first] = b'0' + (rest % 10).to_le_bytes()[0];
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.bytes.push(kind);
        self.bytes.extend_from_slice(&digits[first..]);
        self.bytes.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_arrays_of_byte_strings() {
        let mut request = Request::of(&[b"PING"]);
        request.begin(3).parts(&[b"SET", b"k"]).part(b"a\r\nb");
        assert_eq!(request.bytes(), b"*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n");
        assert_eq!(request.commands(), 2);
    }

    #[test]
    fn lengths_are_decimal_numbers() {
        let mut request = Request::new();
        for number in [0, 9, 10, 1_000_000, usize::MAX] {
            request.number(b'$', number);
        }
        let wanted = format!("$0\r\n$9\r\n$10\r\n$1000000\r\n${}\r\n", usize::MAX);
        assert_eq!(request.bytes(), wanted.as_bytes());
    }
}
