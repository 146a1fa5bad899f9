//! Against the Python that is at hand: thousands of spellings, in one process.

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
};

use openedx_events::isoformat::IsoDateTime;
use serde_json::Value;

use self::spelling::Spelling;

mod spelling;

const SEED: u64 = 0x0152_8601;
const SPELLINGS: usize = 2000;

const PROGRAM: &str = "
import datetime, json, sys
if sys.version_info < (3, 11):
    print(json.dumps('Python %d.%d reads little more than it writes' % sys.version_info[:2]))
    sys.exit()
def isoformat(text):
    try:
        return datetime.datetime.fromisoformat(text).isoformat()
    except ValueError:
        return None
print(json.dumps([isoformat(text) for text in json.load(sys.stdin)]))
";

#[test]
fn python_reads_the_same() {
    let mut spelling = Spelling::new(SEED);
    let regular: Vec<String> = (0..SPELLINGS).map(|_| spelling.regular()).collect();
    let damaged: Vec<String> = (0..SPELLINGS).map(|_| spelling.damaged()).collect();
    println!("seed {SEED:#x}");

    let texts = [regular, damaged].concat();
    let read_by_python = match ask_python(&texts) {
        Ok(answers) => answers,
        Err(reason) => {
            assert!(env::var("CI").as_deref() != Ok("true"), "no Python to compare with: {reason}");
            println!("skipped: {reason}");
            return;
        }
    };

    assert_eq!(read_by_python.len(), texts.len());
    let mut wrong = Vec::new();
    let mut both = 0;
    for (index, (text, python)) in texts.iter().zip(&read_by_python).enumerate() {
        let ours = text.parse::<IsoDateTime>().ok().map(|read| read.to_string());
        both += usize::from(ours.is_some() && ours == *python);
        // A regular spelling is read by both or by none; of the others Python reads a few more.
        let fine = ours == *python || (index >= SPELLINGS && ours.is_none());
        if !fine {
            wrong.push(format!("{text:?}: {ours:?}, Python {python:?}"));
        }
        if ours.is_none() && python.is_some() {
            println!("by Python alone: {text:?} as {}", python.as_deref().unwrap_or_default());
        }
    }
    println!("{both} of {} read by both", texts.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
    // Otherwise the spellings would test nothing.
    assert!(both > SPELLINGS / 2, "{both}");
}

/// What Python reads each text as, or why it cannot be asked.
fn ask_python(texts: &[String]) -> Result<Vec<Option<String>>, String> {
    let mut python = Command::new("python3")
        .args(["-I", "-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("python3: {error}"))?;
    let mut stdin = python.stdin.take().expect("piped");
    // An old Python leaves without reading; its answer says so.
    let _ = stdin.write_all(Value::from(texts).to_string().as_bytes());
    drop(stdin);

    let output = python.wait_with_output().map_err(|error| format!("python3: {error}"))?;
    match serde_json::from_slice(&output.stdout) {
        Ok(Value::Array(answers)) => {
            Ok(answers.iter().map(|answer| answer.as_str().map(str::to_owned)).collect())
        }
        Ok(Value::String(reason)) => Err(reason),
        _ => Err(format!("python3 failed: {}", output.status)),
    }
}
