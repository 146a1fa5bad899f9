use openedx_events::signal;

#[signal("org.example.shop.commande.payée.v1")]
pub struct OrderPaid {
    pub number: i64,
}

#[signal("org.example.shop.2nd.order.v1")]
pub struct SecondOrder {
    pub number: i64,
}

fn main() {}
