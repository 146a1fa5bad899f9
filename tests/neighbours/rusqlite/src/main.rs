//! Its own connections, of the same SQLite as the bus.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("neighbour-rusqlite-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let bus = openedx_events::bus::open(&format!("sqlite:{}", folder.join("bus.db").display()))?;
    bus.producer()?;

    let own = rusqlite::Connection::open(folder.join("own.db"))?;
    let version: String = own.query_row("SELECT sqlite_version()", [], |row| row.get(0))?;
    println!("the bus and the program share SQLite {version}");
    drop((own, bus));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
