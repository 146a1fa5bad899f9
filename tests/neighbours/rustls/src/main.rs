//! Two cryptographic providers in one process, of which neither is the default: rustls panics where it has to choose.

use openedx_events::bus::ErrorKind;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _own = rustls::crypto::aws_lc_rs::default_provider();
    let bus = openedx_events::bus::open("rediss://127.0.0.1:1")?;
    // Nothing listens there; the TLS is set up before.
    let error = bus.producer().err().ok_or("there is a server at port 1")?;
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");

    // The program chooses, and the bus uses what it chose.
    rustls::crypto::aws_lc_rs::default_provider().install_default().map_err(|_| "there is a provider already")?;
    openedx_events::bus::open("rediss://127.0.0.1:1")?;
    println!("the bus has TLS beside another provider");
    Ok(())
}
