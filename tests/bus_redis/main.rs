//! The bus on Redis Streams: what is special to it, on servers that the tests start.

#[path = "../bus/redis/mod.rs"]
mod on_redis;
