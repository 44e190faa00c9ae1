//! The client under test, connected to a scripted server.

use toapis::{Client, ClientBuilder};
use toapis_test_support::server::ScriptedServer;

/// Creates clients of a scripted server.
pub(crate) trait ServerExt {
    /// Returns a builder with the server's base URL and the API key `sk-test-key`.
    fn builder(&self) -> ClientBuilder;

    /// Returns a client with the server's base URL and default settings.
    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

impl ServerExt for ScriptedServer {
    fn builder(&self) -> ClientBuilder {
        Client::builder().api_key("sk-test-key").base_url(&self.url)
    }
}
