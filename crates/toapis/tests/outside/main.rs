//! The SDK judged from outside: by real TLS handshakes, proxies and foreign hosts, and by everything that it lets be seen.

mod key;
mod origin;
mod proxy;
mod tls;
