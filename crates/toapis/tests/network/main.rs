//! Tests with real TLS handshakes, proxies and other hosts, and of everything that could reveal the
//! API key.

mod api_key;
mod origin;
mod proxy;
mod tls;
