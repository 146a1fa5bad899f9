use openedx_events::EventData;

#[derive(EventData)]
pub struct OrderData<T, const N: usize>
where
    T: Clone,
{
    pub numbers: [T; N],
}

fn main() {}
