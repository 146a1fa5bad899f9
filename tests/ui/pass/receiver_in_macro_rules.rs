#![deny(warnings)]
use openedx_events::{receiver, signal};
#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}
macro_rules! m {
    ($s:path, $n:ident, $t:ty) => {
        #[receiver($crate::ORDER_PLACED)]
        fn a(number: i64) {
            let _ = number;
        }
        #[receiver($s)]
        fn $n(number: $t, event: &$crate::OrderPlaced) {
            let _ = (number, event);
        }
        #[receiver($s)]
        #[receiver($crate::ORDER_SHIPPED)]
        fn r#type(number: &$t) {
            let _ = number;
        }
    };
}
#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub number: i64,
}
mod x {
    use super::ORDER_PLACED as ORDERS;
    use super::receiver;
    macro_rules! k { ($($e:ident)*) => { $(#[receiver(ORDERS)] fn $e(number: i64) { let _ = number; })* } }
    k!(p q r);
}
m!(crate::ORDER_PLACED, c, i64);
fn main() {
    println!("{}", ORDER_PLACED.send_event(1));
}
