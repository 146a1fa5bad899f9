use openedx_events::filter;

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
    #[cfg(unix)]
    pub uid: u32,
    #[cfg_attr(all(), cfg(any()))]
    pub gid: u32,
}

fn main() {}
