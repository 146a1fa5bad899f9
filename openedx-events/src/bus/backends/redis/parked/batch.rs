//! How many parked events go in one request.

use std::iter;

/// Maximum number of events in a command: a script holds up the server.
pub(in crate::bus::backends::redis) const MAX_EVENTS: usize = 100;
/// Maximum number of events in a request with several commands.
const MAX_EVENTS_OF_REQUEST: usize = 500;
/// Maximum number of bytes in a request and in a reply, unless one event has more.
pub(in crate::bus::backends::redis) const MAX_BYTES: usize = 1024 * 1024;

/// Splits events into batches that each go in one command.
pub(in crate::bus::backends::redis) fn batches<T>(
    events: &[T],
    size: impl Fn(&T) -> usize,
) -> impl Iterator<Item = &[T]> {
    split(events, MAX_EVENTS, size)
}

/// Splits events into those that go in one request, with a command for each [`MAX_EVENTS`].
pub(in crate::bus::backends::redis) fn requests<T>(
    events: &[T],
    size: impl Fn(&T) -> usize,
) -> impl Iterator<Item = &[T]> {
    split(events, MAX_EVENTS_OF_REQUEST, size)
}

fn split<T>(mut events: &[T], max: usize, size: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |event: &&T| {
            let is_first = bytes == 0;
            bytes = size(event).saturating_add(bytes);
            is_first || bytes <= MAX_BYTES
        };
        let count = events.iter().take(max).take_while(fits).count();
        let (batch, rest) = events.split_at(count);
        events = rest;
        (count > 0).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_bounded_but_never_empty() {
        let split = |sizes: &[usize]| batches(sizes, |size| *size).map(<[_]>::len).collect::<Vec<_>>();
        assert_eq!(split(&[]), [0; 0]);
        assert_eq!(split(&[10; 250]), [100, 100, 50]);
        assert_eq!(split(&[0; 101]), [100, 1]);
        assert_eq!(split(&[MAX_BYTES + 1, 1, MAX_BYTES - 1, 1]), [1, 2, 1]);
        assert_eq!(split(&[usize::MAX; 3]), [1, 1, 1]);
        let requests = requests(&[0; 501], |size| *size).map(<[_]>::len);
        assert_eq!(requests.collect::<Vec<_>>(), [500, 1]);
    }
}
