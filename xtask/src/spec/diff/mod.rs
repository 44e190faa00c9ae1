//! What a change of the contract means, in both directions: for clients that are out already, and for servers that are.
//!
//! The comparison is of what the two contracts allow, never of their text: an order, a description, an example or a
//! `$ref` that was written out changes nothing. Requests and answers have opposite variance. What a request may no
//! longer hold breaks the clients that send it; what an answer may newly hold breaks the clients that do not know it;
//! and with the two contracts swapped, the same holds of servers.

mod finding;

pub use finding::{Direction, Finding, Severity, Spot};
