//! Polling ends with the task, a permanent error or the timeout, and with nothing else.

mod poll_errors;
mod task;
mod timing;
mod unexpected;

use serde_json::json;

use toapis_test_support::server::{Reply, json_response};

fn state(name: &str) -> Reply {
    json_response(
        200,
        json!({"id": "t", "object": "generation.task", "status": name, "progress": 0}),
    )
}

fn done() -> Reply {
    json_response(
        200,
        json!({"id": "t", "status": "completed", "progress": 100, "result": {"type": "image", "data": [{"url": "http://127.0.0.1/a.png"}]}}),
    )
}

fn failed(code: &str) -> Reply {
    json_response(
        200,
        json!({"id": "t", "status": "failed", "progress": 0, "error": {"code": code, "message": "upstream"}}),
    )
}
