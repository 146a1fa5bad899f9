//! How large a message may be: [`LimitExceeded`].

use std::fmt;

use super::Message;
use crate::chain::debug_like_display;

impl Message {
    /// Maximum [size](Self::size) of a message, in bytes: 64 MiB.
    ///
    /// Servers can have smaller limits.
    pub const MAX_SIZE: usize = 64 << 20;
    /// Maximum number of headers of a message.
    pub const MAX_HEADERS: usize = 1024;
    /// Maximum size of a header, its name and its value, in bytes: 1 MiB.
    pub const MAX_HEADER_SIZE: usize = 1 << 20;

    /// Checks the limits. A message beyond them is not made of any event, and becomes a dead letter if it is consumed.
    ///
    /// # Errors
    ///
    /// The message is too large, has too many headers, or one that is too large.
    pub fn check_limits(&self) -> Result<(), LimitExceeded> {
        let exceeded = |what: String, max, unit| Err(LimitExceeded { what, max, unit });
        let (count, size) = (self.headers.len(), self.size());
        if count > Self::MAX_HEADERS {
            return exceeded(format!("the message has {count} headers"), Self::MAX_HEADERS, "");
        }
        if size > Self::MAX_SIZE {
            return exceeded(format!("the message has {size} bytes"), Self::MAX_SIZE, " bytes");
        }
        if size <= Self::MAX_HEADER_SIZE {
            // Nor is any header larger.
            return Ok(());
        }
        for header in &self.headers {
            let size = header.name.len() + header.value.len();
            if size > Self::MAX_HEADER_SIZE {
                // The name may be what is too large.
                let name = &header.name[..header.name.len().min(50)];
                let what = format!("the header `{}` has {size} bytes", name.escape_ascii());
                return exceeded(what, Self::MAX_HEADER_SIZE, " bytes");
            }
        }
        Ok(())
    }
}

/// A message is larger than [`Message::MAX_SIZE`], or its headers exceed a limit.
#[derive(Clone, PartialEq, Eq)]
pub struct LimitExceeded {
    what: String,
    max: usize,
    unit: &'static str,
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, and at most {}{} are allowed", self.what, self.max, self.unit)
    }
}

debug_like_display!(LimitExceeded);

impl std::error::Error for LimitExceeded {}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::bus::message::Header;

    fn header(name: usize, value: usize) -> Header {
        Header { name: Cow::Owned(vec![b'n'; name]), value: Cow::Owned(vec![0; value]) }
    }

    fn checked(headers: Vec<Header>, payload: usize) -> Result<(), String> {
        let message = Message { headers, payload: Some(vec![0; payload]) };
        message.check_limits().map_err(|error| error.to_string())
    }

    #[test]
    fn a_message_may_have_the_maximum_size() {
        let overhead = Message { headers: Vec::new(), payload: None }.size();
        assert_eq!(checked(Vec::new(), Message::MAX_SIZE - overhead), Ok(()));
        let error = checked(Vec::new(), Message::MAX_SIZE - overhead + 1);
        let expected = "the message has 67108865 bytes, and at most 67108864 bytes are allowed";
        assert_eq!(error, Err(expected.to_owned()));
        // Headers count.
        assert!(checked(vec![header(1, 1)], Message::MAX_SIZE - overhead).is_err());
    }

    #[test]
    fn a_message_may_have_the_maximum_number_of_headers() {
        assert_eq!(checked(vec![header(1, 1); Message::MAX_HEADERS], 0), Ok(()));
        let error = checked(vec![header(1, 1); Message::MAX_HEADERS + 1], 0);
        assert_eq!(error, Err("the message has 1025 headers, and at most 1024 are allowed".to_owned()));
    }

    #[test]
    fn a_header_may_have_the_maximum_size() {
        assert_eq!(checked(vec![header(4, Message::MAX_HEADER_SIZE - 4)], 0), Ok(()));
        let error = checked(vec![header(4, Message::MAX_HEADER_SIZE - 3)], 0);
        let expected = "the header `nnnn` has 1048577 bytes, and at most 1048576 bytes are allowed";
        assert_eq!(error, Err(expected.to_owned()));
        let error = checked(vec![header(Message::MAX_HEADER_SIZE + 1, 0)], 0).expect_err("too large");
        assert!(error.len() < 200, "{error}");
    }
}
