//! Classifies hosts by their reachability.

use url::{Host, Url};

/// Returns true if a URL points to a host that can't be reached from the public internet.
pub(crate) fn is_private(url: &Url) -> bool {
    match url.host() {
        None => true,
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            !name.contains('.')
                || [
                    ".localhost",
                    ".local",
                    ".internal",
                    ".lan",
                    ".home",
                    ".home.arpa",
                    ".test",
                    ".invalid",
                ]
                .iter()
                .any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => is_private_v4(address),
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.to_ipv4_mapped().is_some_and(is_private_v4)
        }
    }
}

fn is_private_v4(address: std::net::Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        // Carrier-grade NAT, which the standard library does not name yet.
        || (first == 100 && (64..128).contains(&second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_public_hosts_are_distinguished() {
        for url in [
            "http://127.0.0.1",
            "http://10.1.2.3",
            "http://192.168.1.1",
            "http://172.16.0.1",
            "http://169.254.169.254",
            "http://100.64.0.1",
            "http://[::1]",
            "http://[fd00::1]",
            "http://[fe80::1]",
            "http://[::ffff:10.0.0.1]",
            "http://localhost:3000",
            "http://nas",
            "http://nas.local",
            "http://a.localhost.",
            "http://0.0.0.0",
        ] {
            assert!(is_private(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "https://toapis.com",
            "http://8.8.8.8",
            "http://100.128.0.1",
            "http://[2606:4700::1]",
            "http://172.32.0.1",
        ] {
            assert!(!is_private(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
