//! Errors show the password of the address.

use std::fmt;
use std::sync::Arc;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend, BusError, Consumer, EntryId, ErrorKind, Subscription};

use crate::broken::{Broken, Fault, PASSWORD, Seat};

fn address() -> String {
    format!("redis://events:{PASSWORD}@10.0.0.1/")
}

pub(crate) struct AnErrorShowsThePassword;

impl Fault for AnErrorShowsThePassword {
    fn release(&self, seat: &Seat, entries: &[EntryId]) -> Result<(), BusError> {
        let what = |error: BusError| BusError::new(error.kind(), format!("cannot release at {}", address()));
        seat.sound.release(entries).map_err(what)
    }
}

/// An error that shows less than its cause.
#[derive(Debug)]
struct Hiding(std::io::Error);

impl fmt::Display for Hiding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is lost")
    }
}

impl std::error::Error for Hiding {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

pub(crate) struct ACauseShowsThePassword;

impl Fault for ACauseShowsThePassword {
    fn release(&self, seat: &Seat, entries: &[EntryId]) -> Result<(), BusError> {
        let cause = || Hiding(std::io::Error::other(address()));
        let what = |error: BusError| BusError::new(error.kind(), "cannot release").caused_by(cause());
        seat.sound.release(entries).map_err(what)
    }
}

pub(crate) struct AHandleShowsThePassword;

impl Fault for AHandleShowsThePassword {
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broken({})", address())
    }
}

pub(crate) struct ALostConnectionShowsThePassword;

impl Fault for ALostConnectionShowsThePassword {
    fn unreachable(&self) -> Arc<dyn Backend> {
        Arc::new(Broken::new(Away))
    }
}

/// The storage of a handle that cannot be reached.
struct Away;

impl Fault for Away {
    fn subscribe(&self, _: &Memory, _: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        Err(BusError::new(ErrorKind::Unreachable, format!("cannot connect to {}", address())))
    }
}
