//! Completions, in a real shell.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::process::shipped;

#[test]
fn bash_completes_commands_and_options() {
    let script = shipped(&["completions", "bash"], b"");
    assert_eq!(script.code, Some(0), "{}", script.stderr);
    // What bash offers for a command and for an option of it, in a program with a name of its own.
    let ask = r#"
        source /dev/stdin
        function=$(complete -p shipped-cli | sed 's/.*-F \([^ ]*\) .*/\1/')
        offered() {
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            $function shipped-cli "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            echo "${COMPREPLY[*]}"
        }
        offered shipped-cli desc
        offered shipped-cli describe --fo
    "#;
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", ask]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut bash = bash.spawn().expect("bash");
    bash.stdin.take().expect("a pipe").write_all(script.stdout.as_bytes()).expect("read");
    let output = bash.wait_with_output().expect("it ends");
    let (offered, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(offered, "describe\n--format\n", "{stderr}");
}

#[test]
fn an_unknown_shell_is_refused_with_those_that_there_are() {
    let refused = shipped(&["completions", "csh"], b"");
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("possible values: bash, elvish, fish, powershell, zsh"),
        "{}",
        refused.stderr
    );
}
