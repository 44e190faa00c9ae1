//! toapis.
