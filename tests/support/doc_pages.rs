//! The pages of `docs/` and the README, so that their examples are compiled and run.

macro_rules! pages {
    ($($name:ident: $path:literal),* $(,)?) => {
        $(
            #[doc = include_str!(concat!("../../", $path))]
            mod $name {}
        )*
    };
}

pages! {
    readme: "README.md",
    overview: "docs/overview.md",
    macros: "docs/macros.md",
    avro: "docs/avro.md",
    command_line: "docs/command-line.md",
    schema_evolution: "docs/schema-evolution.md",
    consume: "docs/how-to/consume-an-event.md",
    event_bus: "docs/event-bus.md",
    bus: "docs/how-to/use-the-event-bus.md",
    create: "docs/how-to/create-an-event.md",
    contributing: "docs/CONTRIBUTING.md",
    test: "docs/how-to/test-a-receiver.md",
}
