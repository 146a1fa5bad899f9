//! Diesel and the bus, each with a file of its own.

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("neighbour-diesel-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let bus = openedx_events::bus::open(&format!("sqlite:{}", folder.join("bus.db").display()))?;
    bus.producer()?;
    let mut own = SqliteConnection::establish(&folder.join("own.db").to_string_lossy())?;
    diesel::sql_query("CREATE TABLE letter (number INTEGER)").execute(&mut own)?;
    drop((own, bus));
    std::fs::remove_dir_all(&folder)?;
    println!("diesel and the bus have each written a file");
    Ok(())
}
