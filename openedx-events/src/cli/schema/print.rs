//! `schema TYPE…`: schemas in upstream's form.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::avro::{Schema, SchemaError};
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::replace_file::replace_file;
use crate::{all_events, get_signal_by_type};

/// Prints the schemas of these types, or of all events if `types` is empty. With a directory, writes them to files there.
pub(super) fn print(
    types: &[String],
    out: Option<&Path>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Outcome {
    if let Some(folder) = out {
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    }
    let mut success = Success::Complete;
    let mut shown = |event_type: &str, is_named: bool| -> Result<(), Failure> {
        let problem = match get_signal_by_type(event_type) {
            Err(unknown) => unknown.to_string(),
            Ok(signal) => match signal.schema() {
                Ok(schema) => return write(schema, out, stdout),
                // `--all` skips events without a schema.
                Err(SchemaError::InProcess { .. }) if !is_named => return Ok(()),
                Err(reason) => format!("{event_type} has no schema: {reason}"),
            },
        };
        success = Success::Incomplete;
        let _ = writeln!(stderr, "error: {problem}");
        Ok(())
    };
    if types.is_empty() {
        let mut types: Vec<_> = all_events().iter().map(|signal| signal.event_type()).collect();
        types.dedup();
        types.into_iter().try_for_each(|event_type| shown(event_type, false))?;
    } else {
        types.iter().try_for_each(|event_type| shown(event_type, true))?;
    }
    Ok(success)
}

fn write(schema: &Schema, out: Option<&Path>, stdout: &mut dyn Write) -> Result<(), Failure> {
    match out {
        None => write!(stdout, "{}", schema.to_pretty())?,
        Some(folder) => {
            let path = folder.join(schema.file_name());
            replace_file(&path, schema.to_pretty()).map_err(|error| unwritable(&path, &error))?;
            writeln!(stdout, "{}", path.display())?;
        }
    }
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Refused(format!("cannot write {}: {error}", path.display()))
}
