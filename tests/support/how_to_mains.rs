//! What the doc tests of `docs/how-to/use-the-event-bus.md` run in place of `main` of an example, by the start of one of its
//! functions. The buses are in memory, and what the page claims is asserted.

pub(crate) const MAINS: [(&str, &str); 4] = [
    (
        "fn serve(",
        r#"fn main() -> Result<(), Box<dyn std::error::Error>> {
    use openedx_events_tests::how_to;
    serve(&how_to::settings("memory:produce"))?;
    assert_eq!(how_to::messages("memory:produce")[0].key(), Some(&b"ada"[..]));
    Ok(())
}"#,
    ),
    (
        "fn publish(",
        r#"fn main() -> Result<(), Box<dyn std::error::Error>> {
    use openedx_events_tests::how_to;
    publish(&*openedx_events::bus::open("memory:publish")?, &how_to::registration())?;
    assert_eq!(how_to::messages("memory:publish").len(), 1);
    Ok(())
}"#,
    ),
    (
        "fn consumer(",
        r#"fn main() -> Result<(), Box<dyn std::error::Error>> {
    use openedx_events_tests::how_to;
    how_to::publish("memory:consume");
    // Ends after the one event, without a signal.
    let mut settings = how_to::settings("memory:consume");
    settings.consumer.max_entries = Some(1);
    assert_eq!(consumer(&settings)?.run(), std::process::ExitCode::SUCCESS);
    assert!(how_to::messages("memory:consume").is_empty(), "what is done is removed");
    Ok(())
}"#,
    ),
    (
        "fn dead_letters(",
        r#"fn main() -> Result<(), Box<dyn std::error::Error>> {
    use openedx_events_tests::how_to;
    let (bus, topic) = (how_to::with_dead_letter("memory:look"), how_to::topic());
    show_groups(&*bus, &topic)?;
    send_again(&*bus, &topic, dead_letters(&*bus, &topic)?.remove(0))?;
    assert_eq!(how_to::messages("memory:look")[0].headers.len(), 1);
    Ok(())
}"#,
    ),
];
