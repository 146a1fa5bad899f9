use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

pub struct Shop;

impl Shop {
    #[receiver(ORDER_PLACED)]
    fn body(number: i64) {
        let _ = (number, Self::name());
    }

    #[receiver(ORDER_PLACED)]
    async fn output() -> Result<(), <Self as std::str::FromStr>::Err> {
        Ok(())
    }

    #[receiver(ORDER_PLACED)]
    fn parameter(#[state] shop: &Self) {
        let _ = shop;
    }

    fn name() -> &'static str {
        "shop"
    }
}

impl std::str::FromStr for Shop {
    type Err = std::fmt::Error;

    fn from_str(_: &str) -> Result<Self, Self::Err> {
        Ok(Self)
    }
}

fn main() {}
