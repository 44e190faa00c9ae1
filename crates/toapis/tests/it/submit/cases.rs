//! Responses to a create, whether a task was created, and the expected result.

use serde_json::json;
use toapis::ErrorKind;

use toapis_test_support::server::{
    Reply, html_response, json_response, raw_response, response, truncated_response,
};

/// The reply to the first create.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) reply: Reply,
    pub(crate) creates_task: bool,
    /// The expected result if the lookup works.
    pub(crate) expected: Expected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A task, independently of the lookup.
    Task,
    /// A task if the lookup finds it, otherwise an unknown outcome.
    UnknownUnlessFound,
    /// A task from a second create.
    Retried,
    /// An error with outcome `Rejected`.
    Rejected(ErrorKind),
}

pub(crate) fn error(status: u16, code: &str) -> Reply {
    json_response(status, json!({"error": {"code": code, "message": "no"}}))
}

pub(super) fn case(
    name: &'static str,
    reply: Reply,
    creates_task: bool,
    expected: Expected,
) -> Case {
    Case {
        name,
        reply,
        creates_task,
        expected,
    }
}

/// Responses that contain a task.
pub(crate) fn succeeded() -> Vec<Case> {
    vec![
        case(
            "task",
            json_response(200, json!({"id": "task_1", "status": "pending"})),
            true,
            Expected::Task,
        ),
        case(
            "created, as 201",
            json_response(201, json!({"id": "task_1", "status": "pending"})),
            true,
            Expected::Task,
        ),
        case(
            "an unknown state",
            json_response(200, json!({"id": "task_1", "status": "moderating"})),
            true,
            Expected::Task,
        ),
        case(
            "an odd field",
            json_response(200, json!({"id": "task_1", "status": 7, "progress": {}})),
            true,
            Expected::Task,
        ),
        case(
            "the id as task_id",
            json_response(200, json!({"task_id": "task_1"})),
            true,
            Expected::Task,
        ),
        case(
            "the id in an envelope",
            json_response(200, json!({"code": 200, "data": [{"task_id": "task_1"}]})),
            true,
            Expected::Task,
        ),
        case(
            "202 with the task",
            json_response(202, json!({"task_id": "task_1", "status": "submitted"})),
            true,
            Expected::Task,
        ),
        case(
            "the id three envelopes deep",
            json_response(
                200,
                json!({"code": "success", "data": {"result": {"task": {"task_id": "task_1"}}}}),
            ),
            true,
            Expected::Task,
        ),
        case(
            "early hints before it",
            raw_response(
                "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"id\":\"task_1\"}",
            ),
            true,
            Expected::Task,
        ),
        case(
            "failed at once",
            json_response(
                200,
                json!({"id": "task_1", "status": "failed", "error": {"code": "x"}}),
            ),
            true,
            Expected::Task,
        ),
        case(
            "cut after the id",
            truncated_response(200, &[], 500, br#"{"id":"task_1","obj"#),
            true,
            Expected::Task,
        ),
        case(
            "cut JSON of the right length",
            response(200, &[], br#"{"id":"task_1","status":"pen"#.to_vec()),
            true,
            Expected::Task,
        ),
        case(
            "stalled after the id",
            Reply::Stall {
                content_length: 500,
                body: br#"{"id":"task_1","status":""#.to_vec(),
            },
            true,
            Expected::Task,
        ),
    ]
}

/// Failures after which a task may exist.
pub(crate) fn maybe_created() -> Vec<Case> {
    let ok = json!({"id": "task_1", "object": "generation.task", "status": "pending"}).to_string();
    vec![
        case(
            "lost after it was accepted",
            Reply::Close,
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "lost before it was accepted",
            Reply::Close,
            false,
            Expected::UnknownUnlessFound,
        ),
        case("hung", Reply::Hang, true, Expected::UnknownUnlessFound),
        case(
            "cut before the id",
            truncated_response(200, &[], ok.len(), &ok.as_bytes()[..9]),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "cut in the headers' promise",
            truncated_response(200, &[], 10, []),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "500",
            error(500, "internal_error"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "500 without a task",
            error(500, "internal_error"),
            false,
            Expected::UnknownUnlessFound,
        ),
        case(
            "500 that talks of money",
            error(500, "insufficient_quota"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "502 HTML",
            html_response(502),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "504 empty",
            response(504, &[], ""),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "503 HTML",
            html_response(503),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 HTML",
            html_response(200),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 empty",
            response(200, &[], ""),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 null",
            response(200, &[], "null"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 without an id",
            json_response(200, json!({"status": null})),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 that says it failed",
            json_response(200, json!({"success": false, "message": "busy"})),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "302",
            response(302, &[("location", "/elsewhere")], ""),
            true,
            Expected::UnknownUnlessFound,
        ),
    ]
}

/// Statuses 4xx that, by contract and HTTP, do not prove that the create was not processed.
pub(crate) fn not_proven_rejected() -> Vec<Case> {
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
    .map(|(name, status)| {
        case(
            name,
            error(status, "no_one_knows"),
            true,
            Expected::UnknownUnlessFound,
        )
    })
    .into()
}

/// Responses that break the protocol or contradict themselves, after which a task may exist.
#[expect(clippy::too_many_lines, reason = "a table of cases")]
pub(crate) fn malformed() -> Vec<Case> {
    vec![
        case(
            "500 with the id of a request",
            json_response(500, json!({"id": "req_7", "status": "busy"})),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 with an empty object",
            json_response(200, json!({})),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "204",
            response(204, &[], ""),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "202 empty",
            response(202, &[], ""),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 with the code of a failure",
            json_response(200, json!({"code": 500, "message": "busy", "data": null})),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 with the code of a failure and the id of a request",
            json_response(
                200,
                json!({"code": 500, "message": "busy", "data": {"id": "req_7"}}),
            ),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "200 that says it failed, with the id of a request",
            json_response(
                200,
                json!({"success": false, "message": "busy", "id": "req_7"}),
            ),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "closed after 100-continue",
            raw_response("HTTP/1.1 100 Continue\r\n\r\n"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "closed in the middle of the headers",
            raw_response("HTTP/1.1 200 OK\r\ncontent-len"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "not HTTP",
            raw_response("+OK task_1 made\r\n"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "another protocol",
            raw_response(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            ),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "two lengths",
            raw_response(
                "HTTP/1.1 200 OK\r\ncontent-length: 15\r\ncontent-length: 4\r\n\r\n{\"id\":\"task_1\"}",
            ),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "longer than its length",
            raw_response("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\":\"task_1\"}"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "a chunk without a size",
            raw_response(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{\"id\":\"task_1\"}\r\n0\r\n\r\n",
            ),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "invalid gzip",
            response(200, &[("content-encoding", "gzip")], "\u{1f}\u{8b}garbage"),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "307",
            response(307, &[("location", "/v1/images/generations")], ""),
            true,
            Expected::UnknownUnlessFound,
        ),
        case(
            "308",
            response(308, &[("location", "/v1/images/generations")], ""),
            true,
            Expected::UnknownUnlessFound,
        ),
    ]
}
