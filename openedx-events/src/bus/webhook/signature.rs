//! Signatures by [Standard Webhooks](https://www.standardwebhooks.com): [`SigningKey`].

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;

/// The prefix of secrets that a person can tell from other secrets.
const PREFIX: &str = "whsec_";
/// The sizes of a secret in bytes that the specification allows.
const SIZES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that requests are signed with.
pub(super) struct SigningKey(hmac::Key);

impl SigningKey {
    /// Reads `whsec_` and base64, or only base64. The error does not show the secret.
    pub(super) fn parse(secret: &str) -> Result<Self, String> {
        let encoded = secret.strip_prefix(PREFIX).unwrap_or(secret);
        let Ok(bytes) = BASE64.decode(encoded) else {
            return Err(format!("not a signing secret, which is `{PREFIX}` and base64 with padding"));
        };
        if !SIZES.contains(&bytes.len()) {
            let (least, most) = (SIZES.start(), SIZES.end());
            return Err(format!(
                "a secret of {} bytes: Standard Webhooks has {least} to {most}",
                bytes.len()
            ));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        format!("v1,{}", BASE64.encode(hmac::sign(&self.0, signed.as_bytes())))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// The value of `webhook-signature`: one signature for each secret. A peer that knows one of them accepts the request.
pub(super) fn signatures(keys: &[SigningKey], id: &str, timestamp: i64, body: &str) -> String {
    let each: Vec<_> = keys.iter().map(|key| key.sign(id, timestamp, body)).collect();
    each.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the specification's reference libraries.
    #[test]
    fn the_reference_vector_has_its_signature() {
        let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let body = r#"{"test": 2432232314}"#;
        let signed = signatures(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_make_two_signatures() {
        let keys =
            [[1; 24], [2; 24]].map(|bytes| SigningKey::parse(&BASE64.encode(bytes)).expect("a secret"));
        let both = signatures(&keys, "id", 0, "{}");
        let each: Vec<_> = both.split(' ').collect();
        assert_eq!(each, [keys[0].sign("id", 0, "{}"), keys[1].sign("id", 0, "{}")]);
    }

    #[test]
    fn a_bad_secret_is_refused_and_not_shown() {
        for secret in ["whsec_hunter2!", "aHVudGVyMg==", "whsec_aHVudGVyMg=="] {
            let error = SigningKey::parse(secret).expect_err("it is no secret");
            assert!(!error.contains("hunter2") && !error.contains("aHVudGVy"), "{error}");
        }
    }
}
