//! The address of a server: [`Address`].
//!
//! It is read as Python's client `redis-py` reads it, so that one address does for services in both languages.

mod members;
mod scheme;

use ::redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo};

use crate::bus::contract::error::{BusError, ErrorKind};
use crate::receiver::BoxError;
use members::Members;
use scheme::Scheme;

pub(super) use members::Timeouts;

/// Whether an address is for this backend: it is that of a server, or its author believes so.
pub(in crate::bus::backends) fn is_address(scheme: &str) -> bool {
    Scheme::of(scheme).is_some()
}

/// Where the server is, the user, the database, and the time-outs.
pub(super) struct Address {
    pub(super) info: ConnectionInfo,
    pub(super) timeouts: Timeouts,
}

impl Address {
    /// Reads an address. No error shows a password, nor what may be a part of one.
    pub(super) fn read(address: &str) -> Result<Self, BusError> {
        let (name, rest) = address.split_once("://").unwrap_or(("", address));
        match Scheme::of(name) {
            Some(Scheme::Tcp) => tcp(address, false),
            Some(Scheme::Tls) => tcp(address, true),
            Some(Scheme::Unix) => unix(rest),
            Some(Scheme::Other(remedy)) => {
                let text = format!("`{name}://…` cannot be the address of a Redis server here: {remedy}");
                return Err(BusError::new(ErrorKind::Configuration, text));
            }
            None => Err("it does not begin with `redis://`, `rediss://` or `unix://`".into()),
        }
        .map_err(invalid)
    }
}

fn tcp(address: &str, has_tls: bool) -> Result<Address, BoxError> {
    let mut url = ::redis::parse_redis_url(address).ok_or("it is not a URL")?;
    let fragment = url.fragment().map(str::to_owned);
    let members = url.query().map(str::to_owned);
    let members = Members::read(members.as_deref().unwrap_or_default(), url.query_pairs(), has_tls);
    url.set_query(None);
    // `#insecure` is refused with what it means.
    if fragment.is_some_and(|fragment| !has_tls || fragment != "insecure") {
        return Err("nothing may follow a `#`; in a password write it as `%23`".into());
    }
    // What stands before the query is judged first, since an unescaped `?` in a password makes a query of its rest.
    let path_has_database = !url.path().trim_matches('/').is_empty();
    if members.as_ref().is_ok_and(Members::has_database) && path_has_database {
        // The member counts, whatever the path is.
        url.set_path("");
    }
    let info = url.into_connection_info()?;
    if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err("a certificate must be verified".into());
    }
    if info.redis_settings().db() < 0 {
        return Err("the number of a database is 0 or more".into());
    }
    Ok(members?.complete(info))
}

/// `unix://[user[:password]@]/path[?members]`.
fn unix(rest: &str) -> Result<Address, BoxError> {
    let path = rest.find('/').ok_or("the path of the socket is missing")?;
    let (user, rest) = rest.split_at(path);
    let mut url = ::redis::parse_redis_url(&format!("unix://{rest}")).ok_or("it is not a URL")?;
    if url.fragment().is_some() {
        return Err("nothing may follow a `#`; in a password or path write it as `%23`".into());
    }
    let query = url.query().map(str::to_owned);
    let members = Members::read(query.as_deref().unwrap_or_default(), url.query_pairs(), false)?;
    url.set_query(None);
    let settings = match user {
        "" => RedisConnectionInfo::default(),
        // The parser of URLs takes no user without a host, so it is given one.
        user if user.ends_with('@') => {
            let user = format!("redis://{user}localhost").into_connection_info()?;
            user.redis_settings().clone()
        }
        _ => {
            return Err(
                "a socket has no host: three slashes precede its path, `unix:///run/redis.sock`".into()
            );
        }
    };
    Ok(members.complete(url.into_connection_info()?.set_redis_settings(settings)))
}

fn invalid(error: BoxError) -> BusError {
    let text = "the address of the Redis server, whose form is \
                `redis://[user][:password]@host[:port][/database]` with escapes such as `%2F` for special characters";
    BusError::new(ErrorKind::Configuration, text).caused_by(error)
}
