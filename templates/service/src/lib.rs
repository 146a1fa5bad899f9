//! What both programs share: the events, and the settings of the event bus.

pub mod events;
pub mod settings;
