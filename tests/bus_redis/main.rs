//! The bus on Redis Streams, on servers that the tests start: what every backend must do, and what is special to it.

mod acl;
mod flow;
mod on_redis;
mod suite;
