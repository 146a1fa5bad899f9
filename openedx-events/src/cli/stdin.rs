//! The standard input of the process: [`StandardInput`].

use std::io::{self, BufRead, Read, StdinLock};

/// Standard input, locked only while it is read: receivers may read it too, and other threads of the program.
///
/// What is read ahead stays in the buffer of the process, for whoever reads next.
#[derive(Default)]
pub(super) struct StandardInput {
    /// Held from [`fill_buf`](BufRead::fill_buf) to [`consume`](BufRead::consume), as it owns the buffer.
    lock: Option<StdinLock<'static>>,
}

impl StandardInput {
    fn locked(&mut self) -> &mut StdinLock<'static> {
        self.lock.get_or_insert_with(|| io::stdin().lock())
    }
}

impl Read for StandardInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.locked().read(buffer);
        self.lock = None;
        read
    }
}

impl BufRead for StandardInput {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.locked().fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(mut lock) = self.lock.take() {
            lock.consume(amount);
        }
    }
}
