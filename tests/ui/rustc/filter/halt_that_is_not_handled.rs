use openedx_events::filter;
use openedx_events::filters::FilterError;

#[derive(Debug)]
pub enum OrderHalt {
    PreventOrder { message: String },
    Redirect { url: String },
}

#[filter("org.example.shop.order.started.v1", halts = OrderHalt)]
#[derive(Clone)]
pub struct OrderStarted {
    pub cents: i64,
}

fn main() {
    match ORDER_STARTED.run_filter(OrderStarted { cents: 1 }) {
        Ok(order) => println!("{}", order.cents),
        Err(FilterError::Halted { halt: OrderHalt::PreventOrder { message }, .. }) => println!("{message}"),
        Err(FilterError::Failed { error, .. }) => println!("{error}"),
    }
    match ORDER_STARTED.run_filter(OrderStarted { cents: 1 }) {
        Ok(order) => println!("{}", order.cents),
        Err(FilterError::Halted { step, .. }) => println!("{step}"),
    }
}
