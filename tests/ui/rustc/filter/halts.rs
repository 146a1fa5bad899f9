use openedx_events::filter;

pub enum WithoutDebug {
    Prevent,
}

#[filter("org.example.shop.a.requested.v1", halts = WithoutDebug)]
#[derive(Clone)]
pub struct First {
    pub cents: i64,
}

#[derive(Debug)]
pub struct NotSend(std::rc::Rc<i64>);

#[filter("org.example.shop.b.requested.v1", halts = NotSend)]
#[derive(Clone)]
pub struct Second {
    pub cents: i64,
}

fn main() {}
