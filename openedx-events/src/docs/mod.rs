//! The pages of the documentation.
//!
//! They are the files of the folder `docs` in the repository. Start with the [overview]; the how-tos go through
//! [declaring and sending](create_an_event), [receiving](consume_an_event), [wiring receivers by configuration](wire_receivers),
//! [changing what the platform does](change_what_the_platform_does), [testing](test_a_receiver), [the event bus](use_the_event_bus) and
//! [tracing](trace_events).

// Pages link to each other by file name, `[text][event-bus.md]`, with the target at the end of the page, where GitHub
// finds it. `links.md` comes first and defines the same names for rustdoc: the first definition of a name counts.
// `.ci/docs_links.py` writes both.
macro_rules! pages {
    ($($(#[$attribute:meta])* $name:ident: $file:literal)+) => {
        $(
            $(#[$attribute])*
            #[doc = include_str!("links.md")]
            #[doc = include_str!(concat!("../../docs/", $file))]
            pub mod $name {}
        )+
    };
}

pages! {
    overview: "overview.md"
    create_an_event: "how-to/create-an-event.md"
    consume_an_event: "how-to/consume-an-event.md"
    test_a_receiver: "how-to/test-a-receiver.md"
    use_the_event_bus: "how-to/use-the-event-bus.md"
    trace_events: "how-to/trace-events.md"
    wire_receivers: "how-to/wire-receivers.md"
    change_what_the_platform_does: "how-to/change-what-the-platform-does.md"
    macros: "macros.md"
    event_bus: "event-bus.md"
    logging: "logging.md"
    metrics: "metrics.md"
    webhooks: "webhooks.md"
    command_line: "command-line.md"
    schema_evolution: "schema-evolution.md"
    avro: "avro.md"
    compatibility: "compatibility.md"
    #[allow(rustdoc::broken_intra_doc_links, reason = "it quotes the docs of fields, whose links start elsewhere")]
    catalog: "catalog.md"
    filter_catalog: "filter-catalog.md"
    architecture: "architecture.md"
}
