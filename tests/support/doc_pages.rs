//! The pages of `docs/` and the README, so that their examples are compiled and run. `pages_build.rs` makes them ready. The how-tos are
//! run by `.ci/how_to.py`.

macro_rules! pages {
    ($($name:ident: $path:literal),* $(,)?) => {
        $(
            #[doc = include_str!(concat!(env!("OUT_DIR"), "/", $path))]
            mod $name {}
        )*
    };
}

pages! {
    readme: "README.md",
    overview: "docs/overview.md",
    architecture: "docs/architecture.md",
    macros: "docs/macros.md",
    avro: "docs/avro.md",
    command_line: "docs/command-line.md",
    logging: "docs/logging.md",
    metrics: "docs/metrics.md",
    schema_evolution: "docs/schema-evolution.md",
    event_bus: "docs/event-bus.md",
    webhooks: "docs/webhooks.md",
    contributing: "docs/CONTRIBUTING.md",
}
