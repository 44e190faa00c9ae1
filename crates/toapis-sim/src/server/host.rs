//! The check of the `Host` header.

use http::{HeaderMap, StatusCode, header::HOST, uri::Authority};

use super::BufferedResponse;

/// The host names that requests may use, in addition to IP addresses and `localhost`.
///
/// A web page can bind its own DNS name to the address of a local service (DNS rebinding) and would
/// then be allowed to read responses. Its requests have that name in `Host`.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts(pub(crate) Vec<String>);

impl AllowedHosts {
    /// Returns the response to a request whose host is not allowed.
    pub(crate) fn reject(&self, headers: &HeaderMap) -> Option<BufferedResponse> {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_default();
        if self.allows(host) {
            return None;
        }
        let message = format!(
            "the host `{host}` is not allowed; use an IP address or localhost, or allow the host\n"
        );
        Some(BufferedResponse::new(
            StatusCode::FORBIDDEN,
            "text/plain; charset=utf-8",
            message,
        ))
    }

    fn allows(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let is_name = |allowed: &str| name.eq_ignore_ascii_case(allowed);
        name.parse::<std::net::IpAddr>().is_ok()
            || is_name("localhost")
            || self.0.iter().any(|allowed| is_name(allowed))
    }
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::AllowedHosts;

    #[test_case("127.0.0.1:8080" => true; "ipv4 address")]
    #[test_case("[::1]:8080" => true; "ipv6 address")]
    #[test_case("localhost" => true; "localhost")]
    #[test_case("192.168.1.7:80" => true; "other address")]
    #[test_case("Sim:4010" => true; "allowed name")]
    #[test_case("evil.example:8080" => false; "other name")]
    #[test_case("localhost.evil.example" => false; "name that begins with localhost")]
    #[test_case("sim.evil.example" => false; "name that begins with an allowed name")]
    #[test_case("" => false; "empty")]
    fn addresses_localhost_and_allowed_names_are_allowed(host: &str) -> bool {
        AllowedHosts(vec!["sim".to_owned()]).allows(host)
    }
}
