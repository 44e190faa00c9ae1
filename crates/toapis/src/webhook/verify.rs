//! Verifies signatures and timestamps of webhooks.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use ring::hmac;
use secrecy::{ExposeSecret, SecretSlice};

use super::WebhookEvent;
use crate::error::{Error, ErrorInner, ErrorKind};
use crate::generated::limits::WEBHOOK;

/// Verifies webhooks with the secret of an API key. Verification depends only on headers, body and
/// time.
///
/// Pass the bytes of the body as they were received, before parsing. Events are delivered at least
/// once: store their ids ([`WebhookEvent::id`]) as long as the service retries, which is a little
/// more than a day.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use toapis::{WebhookEventType, WebhookVerifier};
///
/// let body = br#"{"id":"evt_1","type":"endpoint.test","created_at":1700000000,"data":null}"#;
/// let mut headers = http::HeaderMap::new();
/// headers.insert("X-ToAPIs-Webhook-Id", "evt_1".parse()?);
/// headers.insert("X-ToAPIs-Webhook-Timestamp", "1700000000".parse()?);
/// let signature = format!("v1={}", "0".repeat(64));
/// headers.insert("X-ToAPIs-Webhook-Signature", signature.parse()?);
/// let verifier = WebhookVerifier::new("a secret of the key's webhook");
/// let now = UNIX_EPOCH + Duration::from_secs(1_700_000_010);
/// assert!(verifier.verify_at(&headers, body, now).unwrap_err().is_webhook()); // a wrong signature
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WebhookVerifier {
    secrets: Vec<SecretSlice<u8>>,
    tolerance: Duration,
}

impl WebhookVerifier {
    /// Creates a verifier with a secret.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self {
            secrets: vec![secret.into().into()],
            tolerance: WEBHOOK.tolerance,
        }
    }

    /// Adds the previous secret, for the time of a rotation. The service signs with both.
    #[must_use]
    pub fn with_previous_secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secrets.push(secret.into().into());
        self
    }

    /// Verifies and parses a webhook that was received now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WebhookSignatureMissing`] if a header is missing,
    /// [`ErrorKind::WebhookSignatureInvalid`] if no signature matches,
    /// [`ErrorKind::WebhookTimestampOutOfTolerance`] if the timestamp is too old or too new,
    /// [`ErrorKind::WebhookPayload`] if the body is not an event, [`ErrorKind::Config`] if a secret
    /// is empty.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<WebhookEvent, Error> {
        self.verify_at(headers, body, SystemTime::now())
    }

    /// Verifies and parses a webhook that was received at `now`, for stored webhooks.
    ///
    /// # Errors
    ///
    /// Same as [`verify`](Self::verify).
    pub fn verify_at(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<WebhookEvent, Error> {
        if self
            .secrets
            .iter()
            .any(|secret| secret.expose_secret().is_empty())
        {
            let message = "a secret of the webhook is empty, so that anyone could sign with it";
            return Err(ErrorInner::new(ErrorKind::Config, message).into());
        }
        let header = |name: &str| {
            let value = headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::trim);
            value.filter(|value| !value.is_empty()).ok_or_else(|| {
                refuse(
                    ErrorKind::WebhookSignatureMissing,
                    format!("the header `{name}` is missing"),
                )
            })
        };
        let id = header(WEBHOOK.id_header)?;
        let timestamp = header(WEBHOOK.timestamp_header)?;
        let signatures = header(WEBHOOK.signature_header)?;
        // The signature is checked first: an unsigned timestamp has no meaning.
        let signed = signatures
            .split(',')
            .filter_map(|signature| {
                signature
                    .trim()
                    .strip_prefix(WEBHOOK.signature_version)?
                    .strip_prefix('=')
            })
            .filter_map(digest)
            .any(|digest| {
                self.secrets
                    .iter()
                    .any(|secret| matches(secret, id, timestamp, body, &digest))
            });
        if !signed {
            return Err(refuse(
                ErrorKind::WebhookSignatureInvalid,
                "no signature matches",
            ));
        }
        let sent: u64 = timestamp.parse().map_err(|_| {
            refuse(
                ErrorKind::WebhookTimestampOutOfTolerance,
                "the timestamp is not a number of seconds",
            )
        })?;
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let apart = now.abs_diff(Duration::from_secs(sent));
        if apart > self.tolerance {
            let (apart, allowed) = (apart.as_secs(), self.tolerance.as_secs());
            let message = format!("signed {apart} s from now; expected at most {allowed} s");
            return Err(refuse(ErrorKind::WebhookTimestampOutOfTolerance, message));
        }
        let event = WebhookEvent::parse(body)?;
        if event.id() != id {
            let message = "the id in its header is not the one in its body";
            return Err(refuse(ErrorKind::WebhookPayload, message));
        }
        Ok(event)
    }
}

impl fmt::Debug for WebhookVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookVerifier")
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

/// Compares in constant time with respect to the secret.
fn matches(
    secret: &SecretSlice<u8>,
    id: &str,
    timestamp: &str,
    body: &[u8],
    digest: &[u8; 32],
) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret());
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    hmac::verify(&key, &signed, digest).is_ok()
}

/// Decodes 64 lower-case hexadecimal digits.
fn digest(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? * 16 + value(pair[1])?;
    }
    Some(bytes)
}

fn refuse(kind: ErrorKind, why: impl Into<String>) -> Error {
    ErrorInner::new(kind, why).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    // Computed by another library than the one under test.
    use ::hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;
    use std::time::UNIX_EPOCH;

    const BODY: &[u8] = br#"{"id":"evt_1","type":"generation.completed","created_at":1700000000,"data":{"task_id":"t","status":"SUCCESS","progress":"100%","result":{"data":[{"url":"https://f/a.png"}]}}}"#;

    fn sign(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        digest
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-toapis-webhook-id", id),
            ("x-toapis-webhook-timestamp", timestamp),
            ("x-toapis-webhook-signature", signature),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_signed_event_is_believed_under_either_secret_and_among_several_signatures() {
        let (new, old) = (
            sign(b"new", "evt_1", "1700000000", BODY),
            sign(b"old", "evt_1", "1700000000", BODY),
        );
        let both = headers("evt_1", "1700000000", &format!("v0=00,v1={new}, v1={old}"));
        for verifier in [
            WebhookVerifier::new("new"),
            WebhookVerifier::new("old"),
            WebhookVerifier::new("other").with_previous_secret("old"),
        ] {
            let event = verifier
                .verify_at(&both, BODY, at(1_700_000_000) + WEBHOOK.tolerance - SECOND)
                .unwrap();
            assert_eq!(event.id(), "evt_1");
            assert_eq!(event.created_at(), Some(at(1_700_000_000)));
        }
        let both = WebhookVerifier::new("hunter2").with_previous_secret("hunter3");
        assert_eq!(format!("{both:?}"), "WebhookVerifier { secrets: 2, .. }");
    }

    #[test]
    fn anything_that_was_changed_is_refused() {
        let signature = format!("v1={}", sign(b"s", "evt_1", "1700000000", BODY));
        let verifier = WebhookVerifier::new("s");
        let good = headers("evt_1", "1700000000", &signature);
        let now = at(1_700_000_000);
        assert!(verifier.verify_at(&good, BODY, now).is_ok());
        let mut changed = BODY.to_vec();
        changed[10] ^= 1;
        let cases = [
            (good.clone(), changed, now),
            (
                headers("evt_2", "1700000000", &signature),
                BODY.to_vec(),
                now,
            ),
            (
                headers("evt_1", "1700000001", &signature),
                BODY.to_vec(),
                now,
            ),
            (
                headers(
                    "evt_1",
                    "1700000000",
                    &signature.to_uppercase().replace("V1", "v1"),
                ),
                BODY.to_vec(),
                now,
            ),
            (
                headers("evt_1", "1700000000", &signature[..60]),
                BODY.to_vec(),
                now,
            ),
            (headers("evt_1", "1700000000", "v1="), BODY.to_vec(), now),
            (HeaderMap::new(), BODY.to_vec(), now),
            (
                good.clone(),
                BODY.to_vec(),
                now + WEBHOOK.tolerance + SECOND,
            ),
            (
                good.clone(),
                BODY.to_vec(),
                now - WEBHOOK.tolerance - SECOND,
            ),
        ];
        for (index, (headers, body, now)) in cases.into_iter().enumerate() {
            assert!(
                verifier
                    .verify_at(&headers, &body, now)
                    .unwrap_err()
                    .is_webhook(),
                "case {index}"
            );
        }
        assert!(
            WebhookVerifier::new("t")
                .verify_at(&good, BODY, now)
                .is_err()
        );
        assert!(
            verifier
                .verify_at(&good, BODY, now + WEBHOOK.tolerance)
                .is_ok(),
            "the last second counts"
        );
    }

    #[test]
    fn a_signed_body_that_is_no_event_is_refused_and_an_id_has_to_be_its_own() {
        let verifier = WebhookVerifier::new("s");
        for body in [
            "",
            "[]",
            "<html>",
            "{}",
            r#"{"id":"evt_9","type":"endpoint.test"}"#,
        ] {
            let signature = format!("v1={}", sign(b"s", "evt_1", "5", body.as_bytes()));
            let error = verifier
                .verify_at(&headers("evt_1", "5", &signature), body.as_bytes(), at(5))
                .unwrap_err();
            assert!(error.is_webhook(), "{body}: {error}");
        }
    }

    /// Computed by `openssl dgst -sha256 -hmac`.
    #[test]
    fn the_signature_is_the_one_that_openssl_makes() {
        let body = br#"{"id":"evt_01J9ZQ4V7Y","type":"endpoint.test","data":null}"#;
        let signature = "v1=9258e3f3a294827abcaa19ad298a9ee32b4873908609ceec25d247ea1dc6f46f";
        let delivery = headers("evt_01J9ZQ4V7Y", "1768381063", signature);
        let verifier = WebhookVerifier::new("0123456789abcdef0123456789abcdef");
        let event = verifier
            .verify_at(&delivery, body, at(1_768_381_063))
            .unwrap();
        assert_eq!(event.id(), "evt_01J9ZQ4V7Y");
        let longer = headers("evt_01J9ZQ4V7Y", "1768381063", &format!("{signature}00"));
        assert!(
            verifier
                .verify_at(&longer, body, at(1_768_381_063))
                .is_err()
        );
    }

    #[test]
    fn an_empty_secret_believes_nobody() {
        let signature = format!("v1={}", sign(b"", "evt_1", "1700000000", BODY));
        let delivery = headers("evt_1", "1700000000", &signature);
        for verifier in [
            WebhookVerifier::new(""),
            WebhookVerifier::new("s").with_previous_secret(""),
        ] {
            let error = verifier
                .verify_at(&delivery, BODY, at(1_700_000_000))
                .unwrap_err();
            assert!(
                error.kind() == ErrorKind::Config && error.message().contains("empty"),
                "{error}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_event_that_is_signed_is_believed_and_with_any_bit_flipped_it_is_not(
            secret in proptest::collection::vec(0_u8.., 1..80),
            id in "[!-~]{1,40}",
            text: String,
            part in 0_usize..4,
            bit: proptest::sample::Index,
        ) {
            let body = serde_json::json!({ "id": id, "type": "generation.new", "data": { "note": text } }).to_string();
            let signature = format!("v1={}", sign(&secret, &id, "1700000000", body.as_bytes()));
            let verifier = WebhookVerifier::new(secret);
            let now = at(1_700_000_000);
            let delivery = headers(&id, "1700000000", &signature);
            let event = verifier.verify_at(&delivery, body.as_bytes(), now).unwrap();
            proptest::prop_assert_eq!(event.id(), id.as_str());

            let mut parts = [id.into_bytes(), b"1700000000".to_vec(), signature.into_bytes(), body.into_bytes()];
            let bit = bit.index(parts[part].len() * 8);
            parts[part][bit / 8] ^= 1 << (bit % 8);
            let mut delivery = HeaderMap::new();
            for (name, value) in [WEBHOOK.id_header, WEBHOOK.timestamp_header, WEBHOOK.signature_header].into_iter().zip(&parts) {
                // A header cannot contain control characters.
                if let Ok(value) = http::HeaderValue::from_bytes(value) {
                    delivery.insert(http::HeaderName::try_from(name).unwrap(), value);
                }
            }
            let error = verifier.verify_at(&delivery, &parts[3], now).unwrap_err();
            proptest::prop_assert!(error.is_webhook());
        }
    }
}
