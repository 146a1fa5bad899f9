//! What observers of the bus are told, and the metrics that are made of it.

mod facade;
mod observer;
mod pages;
mod shop;
mod text;
