//! Events as Avro bytes: against recorded messages of the Python implementation, damaged ones among them.

mod allocations;
mod bounds;
mod corpus;
mod damaged;
mod errors;
mod judged;
mod memory;
mod properties;
mod same_names;
mod schemas;
mod vectors;
mod writers;
