//! What the compiler was told about the runtime crate: [`Externs`].

use std::sync::OnceLock;
use std::{env, fs};

/// The name of the runtime crate, as its code has it.
const NAME: &str = "openedx_events";

/// What the compiler was told about the runtime crate. Cargo, and every other build system, passes each dependency as
/// `--extern name=file`; the name is that of `Cargo.toml`, and the file is called after the crate itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Externs {
    /// It is a dependency by its own name, or this is the crate itself.
    Named,
    /// It is a dependency by this name.
    Renamed(String),
    /// It is no dependency.
    Missing,
    /// The arguments are not those of a compiler that builds a crate, as in rust-analyzer.
    Unknown,
}

impl Externs {
    /// Those of the compiler that runs the macro.
    pub(super) fn of_compiler() -> Self {
        static OF_COMPILER: OnceLock<Externs> = OnceLock::new();

        OF_COMPILER
            .get_or_init(|| Self::of(env::args_os().filter_map(|each| each.into_string().ok())))
            .clone()
    }

    fn of(arguments: impl Iterator<Item = String>) -> Self {
        let (mut is_any, mut renamed) = (false, None);
        let mut arguments = arguments.flat_map(expanded).peekable();
        while let Some(argument) = arguments.next() {
            let (option, value) = match argument.split_once('=') {
                Some((option @ ("--extern" | "--crate-name"), value)) => {
                    (option.to_owned(), value.to_owned())
                }
                _ => match argument.as_str() {
                    "--extern" | "--crate-name" => (argument.clone(), arguments.next().unwrap_or_default()),
                    _ => continue,
                },
            };
            if option == "--crate-name" {
                if value == NAME {
                    return Self::Named;
                }
                continue;
            }
            is_any = true;
            // `--extern options:name=file`; without a file the compiler looks for one.
            let (name, file) = value.split_once('=').unwrap_or((&value, ""));
            let name = name.rsplit(':').next().unwrap_or(name);
            if name == NAME {
                return Self::Named;
            }
            if is_of_the_crate(file) {
                renamed = Some(name.to_owned());
            }
        }
        match renamed {
            Some(name) => Self::Renamed(name),
            None if is_any => Self::Missing,
            None => Self::Unknown,
        }
    }
}

/// The arguments in the file `@file`, one on each line, which takes the place of a command line that is too long.
fn expanded(argument: String) -> Vec<String> {
    match argument.strip_prefix('@').map(fs::read_to_string) {
        Some(Ok(text)) => text.lines().map(str::to_owned).collect(),
        _ => vec![argument],
    }
}

/// Whether a library is the runtime crate: `libopenedx_events-0123456789abcdef.rmeta`.
fn is_of_the_crate(file: &str) -> bool {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.strip_prefix("lib").unwrap_or(stem);
    stem.split('-').next() == Some(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &str) -> Externs {
        Externs::of(arguments.split(' ').map(str::to_owned))
    }

    #[test]
    fn a_dependency_has_its_own_name_or_another() {
        assert_eq!(of("rustc --extern openedx_events=/t/libopenedx_events-0f.rmeta"), Externs::Named);
        assert_eq!(
            of(
                "rustc --extern serde=/t/libserde-1.rlib --extern ev=/t/libopenedx_events-0f.rmeta src/lib.rs"
            ),
            Externs::Renamed("ev".to_owned())
        );
        assert_eq!(
            of(r"rustc --extern=priv,noprelude:ev=C:\t\openedx_events-0f.dll"),
            Externs::Renamed("ev".to_owned())
        );
        assert_eq!(of("rustc --extern openedx_events"), Externs::Named);
    }

    #[test]
    fn both_names_are_the_own_one() {
        let both = "rustc --extern ev=/t/libopenedx_events-0f.rlib --extern openedx_events=/t/libopenedx_events-0f.rlib";
        assert_eq!(of(both), Externs::Named);
    }

    #[test]
    fn the_crate_itself_needs_no_dependency() {
        assert_eq!(of("rustc --crate-name openedx_events --extern serde=/t/libserde-1.rlib"), Externs::Named);
        assert_eq!(
            of("rustc --crate-name=openedx_events --test --extern serde=/t/libserde-1.rlib"),
            Externs::Named
        );
    }

    #[test]
    fn other_crates_are_told_apart_from_it() {
        let others = "rustc --extern ui=/t/libopenedx_events_ui-1.rlib --extern derive=/t/libopenedx_events_derive-2.so";
        assert_eq!(of(others), Externs::Missing);
        assert_eq!(of("rust-analyzer-proc-macro-srv --format json"), Externs::Unknown);
    }

    #[test]
    fn arguments_may_stand_in_a_file() {
        let file = env::temp_dir().join(format!("openedx-events-derive-{}.args", std::process::id()));
        fs::write(&file, "--extern\nev=/t/libopenedx_events-0f.rlib\n").expect("a file");
        assert_eq!(of(&format!("rustc @{}", file.display())), Externs::Renamed("ev".to_owned()));
        fs::remove_file(&file).expect("it is there");
    }
}
