//! Waiting: no running task is given up, none is waited for past the deadline, and only what is definite ends it early.

mod handle;
mod looks;
mod odd;
mod time;

use serde_json::json;

use crate::script::{Act, json as reply};

fn state(name: &str) -> Act {
    reply(
        200,
        json!({"id": "t", "object": "generation.task", "status": name, "progress": 0}),
    )
}

fn done() -> Act {
    reply(
        200,
        json!({"id": "t", "status": "completed", "progress": 100, "result": {"type": "image", "data": [{"url": "http://127.0.0.1/a.png"}]}}),
    )
}

fn failed(code: &str) -> Act {
    reply(
        200,
        json!({"id": "t", "status": "failed", "progress": 0, "error": {"code": code, "message": "upstream"}}),
    )
}
