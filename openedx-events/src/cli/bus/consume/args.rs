//! The arguments of `consume`: [`Consume`].

use std::time::Duration;

use clap::Args;

use crate::PersonalData;
use crate::bus::{Position, ReadFrom, StartAt};
use crate::cli::bus::moment;
use crate::cli::bus::options::{BusOptions, seconds};
use crate::cli::bus::receive::Receive;

#[derive(Args)]
pub(in crate::cli) struct Consume {
    /// Topics, without the prefix of the settings.
    #[arg(short = 't', long = "topic", value_name = "TOPIC", required = true, num_args = 1..)]
    pub(super) topics: Vec<String>,
    /// Consumer group to run the receivers of this program for. Without it, events are only printed, from the first one
    /// on, and no group is affected.
    #[arg(short = 'g', long, value_name = "GROUP")]
    pub(super) group: Option<String>,
    #[command(flatten)]
    pub(super) bus: BusOptions,
    /// Name of this consumer in its group; by default the host name.
    #[arg(long, value_name = "NAME", requires = "group")]
    name: Option<String>,
    /// Without a group: begin with the entries since a time such as `2026-01-31T09:30:00+01:00`, since `90s`, `15m`,
    /// `2h` or `1d` ago, by the clock of the bus, or since the entry with this id.
    #[arg(long, value_name = "TIME|ID", conflicts_with = "group", value_parser = moment::place)]
    since: Option<Position>,
    /// Begin with what comes from now on. With a group, only if it is new: an existing one keeps its position.
    #[arg(long, conflicts_with = "since")]
    latest: bool,
    /// Stop after this number of entries, including entries that cannot be decoded.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: Option<u64>,
    /// Stop when no entry has arrived for this time, and none is in flight.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) until_idle: Option<Duration>,
    /// Print personal data.
    #[arg(long)]
    show_pii: bool,
    /// Consume for the group even if this program has no receivers, so that the group skips its entries.
    #[arg(long)]
    yes: bool,
    /// Address at which to serve `/healthz`, `/readyz` and `/metrics` while the command runs.
    #[arg(long, value_name = "HOST:PORT", requires = "group")]
    status: Option<String>,
    /// How long running receivers may take to finish when the command stops.
    #[arg(long, value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    drain: Duration,
}

impl Consume {
    pub(super) fn personal(&self) -> PersonalData {
        if self.show_pii { PersonalData::Keep } else { PersonalData::Redact }
    }

    /// Where reading without a group begins.
    pub(super) fn from(&self) -> Position {
        match &self.since {
            Some(since) => since.clone(),
            None if self.latest => Position::End,
            None => Position::First,
        }
    }

    pub(super) fn receive<'a>(&'a self, group: &'a str) -> Receive<'a> {
        Receive {
            group,
            name: self.name.as_deref(),
            read_from: ReadFrom::Topic,
            start: self.latest.then_some(StartAt::Latest),
            count: self.count,
            until_idle: self.until_idle,
            drain: self.drain,
            personal: self.personal(),
            allow_no_receivers: self.yes,
            status: self.status.as_deref(),
            rerun: None,
        }
    }
}
