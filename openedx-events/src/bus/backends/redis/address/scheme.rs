//! What an address begins with: [`Scheme`].

/// The kind of an address.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    Tcp,
    Tls,
    Unix,
    /// One that others use for Redis servers and that is not supported, with the remedy.
    Other(&'static str),
}

const CLUSTER: &str = "Redis Cluster is not supported yet; give a single server as `redis://host:port`";
const SENTINEL: &str = "Redis Sentinel is not supported yet; give the master as `redis://host:port`, by a name that follows \
                        it if there is one";

impl Scheme {
    /// The scheme of this name; `None` if it has nothing to do with Redis.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "redis" => Self::Tcp,
            "rediss" => Self::Tls,
            "unix" => Self::Unix,
            "valkey" => Self::Other("write `redis://…`, which is for Valkey servers, too"),
            "valkeys" => Self::Other("write `rediss://…`, which is for Valkey servers, too"),
            "redis+tls" | "redis+ssl" | "redis-tls" => Self::Other("write `rediss://…` for TLS"),
            "redis+unix" | "redis+socket" | "redis-socket" | "valkey+unix" => {
                Self::Other("write `unix:///path`")
            }
            "redis+cluster" | "rediss+cluster" | "redis-cluster" | "rediss-cluster" | "valkey+cluster" => {
                Self::Other(CLUSTER)
            }
            "redis+sentinel" | "rediss+sentinel" | "redis-sentinel" | "rediss-sentinel" | "sentinel"
            | "valkey+sentinel" => Self::Other(SENTINEL),
            _ => return None,
        })
    }
}
