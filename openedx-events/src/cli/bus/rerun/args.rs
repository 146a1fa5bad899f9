//! The options of a command that runs receivers again: [`RerunArgs`].

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::PersonalData;
use crate::bus::{ReadFrom, Rerun};
use crate::cli::bus::options::seconds;
use crate::cli::bus::receive::Receive;
use crate::cli::outcome::Failure;

#[derive(Args)]
pub(in crate::cli::bus) struct RerunArgs {
    /// How long running receivers may take to finish when the command is stopped.
    #[arg(long, value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    drain: Duration,
    /// Print personal data.
    #[arg(long)]
    show_pii: bool,
}

impl RerunArgs {
    /// Runs receivers for this, in the name of a group.
    pub(in crate::cli::bus) fn receive<'a>(
        &self,
        rerun: Arc<dyn Rerun>,
        group: &'a str,
        name: &'a str,
    ) -> Receive<'a> {
        Receive {
            group,
            name: Some(name),
            read_from: ReadFrom::Topic,
            start: None,
            count: None,
            until_idle: None,
            drain: self.drain,
            personal: if self.show_pii { PersonalData::Keep } else { PersonalData::Redact },
            allow_no_receivers: false,
            status: None,
            rerun: Some(rerun),
        }
    }
}

/// Refuses to run receivers in a program that has none.
pub(in crate::cli::bus) fn check_receivers() -> Result<(), Failure> {
    crate::check().map_err(|problems| Failure::Refused(format!("nothing was run: {problems}")))?;
    if crate::registry_summary().receivers == 0 {
        return Err(Failure::Refused(
            "this program has no receivers to run: use the command line of the service that has them"
                .to_owned(),
        ));
    }
    Ok(())
}
