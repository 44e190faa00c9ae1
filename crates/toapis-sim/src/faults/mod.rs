//! Fault injection: a small language of rules that say what goes wrong, and when.
//!
//! A rule is one line, `[scope] [conditions] => action [arguments]`. Rules are separated by line
//! ends or semicolons, and `#` at the start of a word begins a comment.
//!
//! ```text
//! create nth=1          => lose-answer
//! status nth=2..4       => status 503 retry-after=2
//! file p=0.25 times=3   => truncate 50%
//! preset flaky
//! ```
//!
//! **Scope**: `create` (includes edits), `status`, `upload`, `balance` (both), `models`, `api` (all
//! of these), `file`, `any`, or an `operationId`. An action that fits only one scope has it as its
//! default.
//!
//! **Conditions**, which must all match: `model=NAME`; `key=NAME`, as named in the ledger
//! (`main#1`); then, counted over the requests that match these, `nth=N`, `nth=N..M` or `nth=N..`,
//! `every=N`, `p=PROBABILITY` (from the seed), and `times=N` (at most).
//!
//! **Actions**:
//!
//! - `lose-answer`: executed, then the connection is closed without a response
//! - `hang [early]`: executed (not with `early`), then no response is ever sent
//! - `delay TIME`: the response is delayed
//! - `reset [early|body]`: executed, then the connection is reset; `early`: not executed;
//!   `body`: in the middle of the body
//! - `status N [CODE] [accepted] [envelope=E1..E7] [retry-after=SECONDS] [message="..."]`: an
//!   error response; executed only with `accepted`
//! - `html [N] [accepted]`: the HTML page of a gateway; default 502
//! - `empty [N] [accepted]`: a response without a body; default 502
//! - `truncate [N%] [framed]`: only a part of the body is sent, default half; `framed`: with a
//!   matching `Content-Length` (always for JSON)
//! - `drip [BYTES] [TIME]`: the body is sent in chunks, default 64 bytes every 100 ms
//! - `wrong-type [FIELD]`: the field of the response, default `progress`, has another JSON type
//! - `unknown-status [NAME]`: a running task has the status `warming_up`, or NAME
//! - `flap`: every other poll of a running task returns `queued`
//! - `result-in result.url|url|data|output|nowhere`: a completed task has its images at another
//!   place
//! - `id-under [NAME]`: the id of a task is in the field `task_id`, or NAME
//! - `fail [CODE] [message="..."]`: the task fails, by default with `generation_failed`
//! - `moderate [later]`: the create fails with 422; `later`: the task fails with
//!   `content_policy_violation`
//! - `webhook-again [N]`: the task's webhook is delivered N more times after a success, default
//!   once
//! - `missing [TIME|Nx]`: a task is not found for a time, or for N polls, after its create;
//!   default 2s
//! - `no-business-id`: a task is not found by its `client_business_id`
//! - `strict-references`: references are accepted only in the catalogue's form
//! - `expire [N]`: the file has expired: 404, or N
//! - `oversize [SIZE] [unannounced]`: the file is padded with zeros to a size, default 64MB;
//!   `unannounced`: without `Content-Length`
//! - `content-type TYPE`: the response has this media type
//!
//! The presets `flaky`, `busy`, `strict`, `broke` and `hostile` are sets of rules; [`presets`]
//! returns their definitions.

mod action;
mod arguments;
mod effects;
mod error;
mod injector;
mod lexer;
mod parse;
mod plan;
mod preset;
mod response;
mod rule;
mod values;

pub(crate) use action::{Action, Envelope, MissingUntil, ResetPoint, ResultLocation};
pub(crate) use effects::{CONTENT_POLICY_CODE, FaultEffects};
pub use error::FaultError;
pub(crate) use injector::{ActiveFault, FaultInjector, FaultTarget};
pub use injector::{FaultId, FaultState};
pub(crate) use parse::parse;
pub(crate) use plan::plan_response;
pub use preset::{Preset, presets};
pub(crate) use response::{mutate_response, override_response};
pub(crate) use rule::{Endpoint, Rule, Scope};
