//! sqlx with SQLite, beside the bus.

use sqlx::Connection as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bus = openedx_events::bus::open("sqlite:bus.db")?;
    let mut own = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
    sqlx::query("SELECT 1").execute(&mut own).await?;
    drop(bus);
    Ok(())
}
