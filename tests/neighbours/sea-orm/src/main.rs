//! SeaORM with SQLite, beside the bus.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bus = openedx_events::bus::open("sqlite:bus.db")?;
    let own = sea_orm::Database::connect("sqlite::memory:").await?;
    own.ping().await?;
    drop(bus);
    Ok(())
}
