//! Addresses without their secrets: [`redacted`].

use std::borrow::Cow;

/// In the place of a secret.
const SECRET: &str = "***";

/// The address of a bus as it may be logged: without user, password and values of the query.
///
/// Passwords may contain unescaped special characters, so everything before the last `@` counts as user and password. With a
/// `?` before it, the `@` may belong to a password or to the query, and nothing but the scheme is shown. This hides more of
/// a strange address than necessary, and never less.
pub(super) fn redacted(url: &str) -> Cow<'_, str> {
    // The rest of these is a name or a path.
    if url.starts_with("memory:") || url.starts_with("sqlite:") {
        return Cow::Borrowed(url);
    }
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains([':', '@', '/', '?', '#']) => (Some(scheme), rest),
        _ => (None, url),
    };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, _)) if user.contains('?') => {
            return Cow::Owned(format!(
                "{}{SECRET}",
                scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default()
            ));
        }
        Some((_, rest)) => (true, rest),
        None => (false, rest),
    };
    let (host, query) = match rest.split_once('?') {
        Some((host, query)) => (host, Some(query)),
        None => (rest, None),
    };
    if !user && query.is_none() {
        return Cow::Borrowed(url);
    }
    let mut text = String::new();
    if let Some(scheme) = scheme {
        text.extend([scheme, "://"]);
    }
    if user {
        text.extend([SECRET, "@"]);
    }
    text.push_str(host);
    for (number, parameter) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if number == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, _)) => text.extend([name, "=", SECRET]),
            None => text.push_str(SECRET),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        for (url, shown) in [
            ("redis://localhost:6379/0", "redis://localhost:6379/0"),
            ("rediss://localhost/#insecure", "rediss://localhost/#insecure"),
            ("redis://:secret@localhost", "redis://***@localhost"),
            ("redis://user:secret@localhost:6379/1", "redis://***@localhost:6379/1"),
            ("redis://secret@localhost", "redis://***@localhost"),
            ("redis://user:sec@re/t?#@localhost/0", "redis://***"),
            ("redis://localhost?password=secret&db=1&secret", "redis://localhost?password=***&db=***&***"),
            ("redis://localhost?password=a://secret#b", "redis://localhost?password=***"),
            ("user:secret@localhost", "***@localhost"),
            ("user:secret@a://localhost", "***@a://localhost"),
            ("us@er:secret://@localhost", "***@localhost"),
            ("redis://localhost/0?password=sec@ret", "redis://***"),
            ("redis://localhost/0?password=s@cr@t&db=1", "redis://***"),
            ("redis://user:sec?ret@localhost/0", "redis://***"),
            ("redis://user:s@c?r@t@localhost/0", "redis://***"),
            ("redis://user:s@cr@t#x@localhost/0", "redis://***@localhost/0"),
            ("localhost?password=sec@ret", "***"),
            ("localhost?password=secret://x", "localhost?password=***"),
            ("localhost#secret://host?password=secret", "localhost#secret://host?password=***"),
            ("memory:a@b", "memory:a@b"),
            ("sqlite:/a@b/bus.db", "sqlite:/a@b/bus.db"),
            ("", ""),
        ] {
            assert_eq!(redacted(url), shown);
        }
    }
}
