//! How a create can go: what the caller sees, whether a task was made, and what has to be told of it.

use serde_json::json;
use toapis::ErrorKind;

use crate::script::{Act, answer, html, json as reply, own, raw};

/// How the first create goes: what the caller sees, and whether a task was made and paid.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) act: Act,
    pub(crate) made: bool,
    /// What has to come of it where look-up works.
    pub(crate) told: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// A task, whatever the look-up does.
    Task,
    /// A task if the look-up finds it; else it must be unknown.
    Doubt,
    /// Sent again, and then a task.
    Again,
    /// Rejected.
    Rejected(ErrorKind),
}

pub(crate) fn error(status: u16, code: &str) -> Act {
    reply(status, json!({"error": {"code": code, "message": "no"}}))
}

pub(super) fn case(name: &'static str, act: Act, made: bool, told: Told) -> Case {
    Case {
        name,
        act,
        made,
        told,
    }
}

/// Answers that hold a task, however odd they are.
pub(crate) fn good() -> Vec<Case> {
    vec![
        case(
            "a good answer",
            reply(200, json!({"id": "task_1", "status": "pending"})),
            true,
            Told::Task,
        ),
        case(
            "created, as 201",
            reply(201, json!({"id": "task_1", "status": "pending"})),
            true,
            Told::Task,
        ),
        case(
            "an unknown state",
            reply(200, json!({"id": "task_1", "status": "moderating"})),
            true,
            Told::Task,
        ),
        case(
            "an odd field",
            reply(200, json!({"id": "task_1", "status": 7, "progress": {}})),
            true,
            Told::Task,
        ),
        case(
            "the id as task_id",
            reply(200, json!({"task_id": "task_1"})),
            true,
            Told::Task,
        ),
        case(
            "the id in an envelope",
            reply(200, json!({"code": 200, "data": [{"task_id": "task_1"}]})),
            true,
            Told::Task,
        ),
        case(
            "202 with the task",
            reply(202, json!({"task_id": "task_1", "status": "submitted"})),
            true,
            Told::Task,
        ),
        case(
            "the id three envelopes deep",
            reply(
                200,
                json!({"code": "success", "data": {"result": {"task": {"task_id": "task_1"}}}}),
            ),
            true,
            Told::Task,
        ),
        case(
            "early hints before it",
            raw(
                "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"id\":\"task_1\"}",
            ),
            true,
            Told::Task,
        ),
        case(
            "failed at once",
            reply(
                200,
                json!({"id": "task_1", "status": "failed", "error": {"code": "x"}}),
            ),
            true,
            Told::Task,
        ),
        case(
            "cut after the id",
            Act::Cut {
                status: 200,
                headers: own(&[]),
                promised: 500,
                body: br#"{"id":"task_1","obj"#.to_vec(),
            },
            true,
            Told::Task,
        ),
        case(
            "cut JSON of the right length",
            answer(200, &[], br#"{"id":"task_1","status":"pen"#.to_vec()),
            true,
            Told::Task,
        ),
        case(
            "stalled after the id",
            Act::Stall {
                promised: 500,
                body: br#"{"id":"task_1","status":""#.to_vec(),
            },
            true,
            Told::Task,
        ),
    ]
}

/// Answers after which no one knows.
pub(crate) fn doubtful() -> Vec<Case> {
    let ok = json!({"id": "task_1", "object": "generation.task", "status": "pending"}).to_string();
    vec![
        case("lost after it was accepted", Act::Drop, true, Told::Doubt),
        case("lost before it was accepted", Act::Drop, false, Told::Doubt),
        case("hung", Act::Hang, true, Told::Doubt),
        case(
            "cut before the id",
            Act::Cut {
                status: 200,
                headers: own(&[]),
                promised: ok.len(),
                body: ok.as_bytes()[..9].to_vec(),
            },
            true,
            Told::Doubt,
        ),
        case(
            "cut in the headers' promise",
            Act::Cut {
                status: 200,
                headers: own(&[]),
                promised: 10,
                body: vec![],
            },
            true,
            Told::Doubt,
        ),
        case("500", error(500, "internal_error"), true, Told::Doubt),
        case(
            "500 without a task",
            error(500, "internal_error"),
            false,
            Told::Doubt,
        ),
        case(
            "500 that talks of money",
            error(500, "insufficient_quota"),
            true,
            Told::Doubt,
        ),
        case("502 HTML", html(502), true, Told::Doubt),
        case("504 empty", answer(504, &[], ""), true, Told::Doubt),
        case("503 HTML", html(503), true, Told::Doubt),
        case("200 HTML", html(200), true, Told::Doubt),
        case("200 empty", answer(200, &[], ""), true, Told::Doubt),
        case("200 null", answer(200, &[], "null"), true, Told::Doubt),
        case(
            "200 without an id",
            reply(200, json!({"status": null})),
            true,
            Told::Doubt,
        ),
        case(
            "200 that says it failed",
            reply(200, json!({"success": false, "message": "busy"})),
            true,
            Told::Doubt,
        ),
        case(
            "a redirect",
            answer(302, &[("location", "/elsewhere")], ""),
            true,
            Told::Doubt,
        ),
    ]
}

/// Statuses of 4xx under which neither the contract nor HTTP excludes that the create was acted on.
pub(crate) fn unproven() -> Vec<Case> {
    [
        ("406", 406),
        ("408", 408),
        ("409", 409),
        ("410", 410),
        ("412", 412),
        ("418", 418),
        ("423", 423),
        ("424", 424),
        ("425", 425),
        ("451", 451),
        ("460", 460),
        ("498", 498),
        ("499", 499),
    ]
    .map(|(name, status)| case(name, error(status, "no_one_knows"), true, Told::Doubt))
    .into()
}

/// Answers of hosts, and of what stands before them, that break the protocol or their own word; no one knows after them either.
pub(crate) fn broken() -> Vec<Case> {
    vec![
        case(
            "500 with the id of a request",
            reply(500, json!({"id": "req_7", "status": "busy"})),
            true,
            Told::Doubt,
        ),
        case(
            "200 with an empty object",
            reply(200, json!({})),
            true,
            Told::Doubt,
        ),
        case("204", answer(204, &[], ""), true, Told::Doubt),
        case("202 empty", answer(202, &[], ""), true, Told::Doubt),
        case(
            "200 with the code of a failure",
            reply(200, json!({"code": 500, "message": "busy", "data": null})),
            true,
            Told::Doubt,
        ),
        case(
            "200 with the code of a failure and the id of a request",
            reply(
                200,
                json!({"code": 500, "message": "busy", "data": {"id": "req_7"}}),
            ),
            true,
            Told::Doubt,
        ),
        case(
            "200 that says it failed, with the id of a request",
            reply(
                200,
                json!({"success": false, "message": "busy", "id": "req_7"}),
            ),
            true,
            Told::Doubt,
        ),
        case(
            "closed after 100-continue",
            raw("HTTP/1.1 100 Continue\r\n\r\n"),
            true,
            Told::Doubt,
        ),
        case(
            "closed in the middle of the headers",
            raw("HTTP/1.1 200 OK\r\ncontent-len"),
            true,
            Told::Doubt,
        ),
        case("not HTTP", raw("+OK task_1 made\r\n"), true, Told::Doubt),
        case(
            "another protocol",
            raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
            true,
            Told::Doubt,
        ),
        case(
            "two lengths",
            raw(
                "HTTP/1.1 200 OK\r\ncontent-length: 15\r\ncontent-length: 4\r\n\r\n{\"id\":\"task_1\"}",
            ),
            true,
            Told::Doubt,
        ),
        case(
            "longer than its length",
            raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\":\"task_1\"}"),
            true,
            Told::Doubt,
        ),
        case(
            "a chunk without a size",
            raw(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{\"id\":\"task_1\"}\r\n0\r\n\r\n",
            ),
            true,
            Told::Doubt,
        ),
        case(
            "gzip that is none",
            answer(200, &[("content-encoding", "gzip")], "\u{1f}\u{8b}garbage"),
            true,
            Told::Doubt,
        ),
        case(
            "a redirect that keeps the method",
            answer(307, &[("location", "/v1/images/generations")], ""),
            true,
            Told::Doubt,
        ),
        case(
            "a lasting one",
            answer(308, &[("location", "/v1/images/generations")], ""),
            true,
            Told::Doubt,
        ),
    ]
}
