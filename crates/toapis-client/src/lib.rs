//! toapis-client.
