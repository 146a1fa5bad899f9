//! The backend on Redis passes the suite for backends; each test has a server of its own.

use std::sync::{Arc, Mutex, PoisonError};

use openedx_events::bus::Backend;
use openedx_events::bus::redis::Redis;
use openedx_events::bus::suite::Subject;
use openedx_events_tests::redis_server::RedisServer;

/// Of an address at which no server is.
const PASSWORD: &str = "correct-horse";

struct OnRedis {
    server: Mutex<RedisServer>,
    url: String,
}

impl OnRedis {
    fn start() -> Option<Self> {
        // The tests kill it, and it must keep what it has confirmed.
        let server = RedisServer::start_with(&["--appendfsync", "always"])?;
        let url = server.url();
        Some(Self { server: Mutex::new(server), url })
    }
}

impl Subject for OnRedis {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(Redis::open(&self.url).expect("the address is right"))
    }

    fn unreachable(&self) -> Option<Arc<dyn Backend>> {
        // Nobody listens at port 1.
        let away = format!("redis://events:{PASSWORD}@127.0.0.1:1/");
        Some(Arc::new(Redis::open(&away).expect("the address is right")))
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }

    fn restart(&self) -> bool {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).restart();
        true
    }
}

openedx_events::bus_suite!(OnRedis::start());
