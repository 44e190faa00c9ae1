//! The consequence of a finding for the affected side.

use super::context::MessageRole;
use super::finding::{Direction, Severity};

/// Returns the consequence for the affected side.
pub(super) fn explanation(
    severity: Severity,
    direction: Direction,
    role: MessageRole,
) -> &'static str {
    use Direction::{Both, Client, Neither, Server};
    use MessageRole::{Request, Response};
    use Severity::{Breaking, Info, Warning};
    match (direction, severity, role) {
        (Client, Breaking, Request) => "A shipped client is rejected for a request that was valid.",
        (Client, Breaking, Response) => {
            "A shipped client receives a response that it does not know."
        }
        (Client, Warning, Request) => {
            "A shipped client that uses this is no longer served as before."
        }
        (Client, Warning, Response) => "A shipped client may miss data or receive unknown data.",
        (Client, Info, _) => "Shipped clients keep working.",
        (Server, Breaking, Request) => "A shipped server rejects a client of the new contract.",
        (Server, Breaking, Response) => {
            "A shipped server sends a response that a client of the new contract rejects."
        }
        (Server, Warning, _) => "A client that uses the addition fails with a shipped server.",
        (Server, Info, _) => {
            "An addition: shipped servers do not know it, and its use is optional."
        }
        (Both, Breaking, _) => "Client and server only work together after both are updated.",
        (Both, Warning, _) => "Whether a side fails depends on its behaviour; review both.",
        (Both | Neither, Info, _) => "For information; nobody fails.",
        (Neither, _, _) => "The wire format is the same; the generated code is not.",
    }
}
