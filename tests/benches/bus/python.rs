//! Upstream's `event-bus-redis`, if it is installed: `python.py`.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::placement::CLIENT;

const VENV: &str = "OPENEDX_EVENTS_INTEROP_VENV";

/// Nanoseconds of an event, by sample.
pub(crate) struct Measured {
    pub(crate) produce: Vec<f64>,
    pub(crate) consume: Vec<f64>,
}

/// `None`, with a line, if there is no such package.
pub(crate) fn measure(url: &str) -> Option<Measured> {
    let python = env::var_os(VENV).map(|venv| PathBuf::from(venv).join("bin/python"));
    let Some(python) = python.filter(|python| python.is_file()) else {
        println!("\nwithout event-bus-redis: {VENV} names no virtual environment");
        return None;
    };
    let output = Command::new("taskset")
        .args(["-c", &CLIENT.to_string()])
        .arg(python)
        .args(["-I", concat!(env!("CARGO_MANIFEST_DIR"), "/benches/bus/python.py"), url])
        .output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            println!("\nwithout event-bus-redis: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        Err(error) => {
            println!("\nwithout event-bus-redis: {error}");
            return None;
        }
    };
    // Its libraries may have something to say before.
    let text = String::from_utf8_lossy(&output.stdout);
    let measured: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).expect("JSON");
    let samples = |name: &str| {
        let samples = measured[name].as_array().expect("samples");
        samples.iter().map(|sample| sample.as_f64().expect("a number")).collect()
    };
    Some(Measured { produce: samples("produce"), consume: samples("consume") })
}
