use openedx_events::filter;

#[filter("org.example.Shop.price.requested", halt = Halt, async = true)]
#[derive(Clone)]
pub struct PriceRequested<T> {
    pub _cents: T,
    #[cfg(unix)]
    pub currency: &'static str,
}

fn main() {}
