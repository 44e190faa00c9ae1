//! Faults: a small language of rules that say when something goes wrong, and how.
//!
//! A rule is one line, `[where] [conditions] => action [arguments]`; rules are separated by line ends or semicolons,
//! and `#` at the start of a word begins a comment.
//!
//! ```text
//! create nth=1          => lose-answer
//! status nth=2..4       => status 503 retry-after=2
//! file p=0.25 times=3   => truncate 50%
//! preset flaky
//! ```
//!
//! **Where**: `create` (edits too), `status`, `upload`, `balance` (both), `models`, `api` (all of these), `file`, `any`,
//! or an `operationId`. An action that fits one place only may stand without.
//!
//! **Conditions**, all of which must hold: `model=NAME`; `key=NAME` as the ledger names it (`main#1`); then, counted
//! over what fits so far, `nth=N`, `nth=N..M` or `nth=N..`, `every=N`, `p=PROBABILITY` (by seed), `times=N` at most.
//!
//! | action | what happens |
//! | --- | --- |
//! | `lose-answer` | carried out, then the connection is closed without an answer |
//! | `hang [early]` | carried out (with `early` not), then nothing ever comes |
//! | `delay TIME` | so much later |
//! | `reset [early\|body]` | carried out, then reset before the answer; `early`: not carried out; `body`: in its middle |
//! | `status N [CODE] [accepted] [envelope=E1..E7] [retry-after=SECONDS] [message="..."]` | that answer; carried out only with `accepted` |
//! | `html [N] [accepted]` | a gateway's page, 502 unless told |
//! | `empty [N] [accepted]` | no body at all, 502 unless told |
//! | `truncate [N%] [framed]` | the body breaks off after so much of it, half unless told; `framed`: and claims to be whole (always so for JSON) |
//! | `drip [BYTES] [TIME]` | the body comes in pieces, 64 bytes every 100 ms unless told |
//! | `wrong-type [FIELD]` | that field of the answer, `progress` unless told, has another type |
//! | `unknown-state [NAME]` | a task under way says it is `warming_up`, or NAME |
//! | `flap` | every other poll of a task that has begun says `queued` |
//! | `result-in result.url\|url\|data\|output\|nowhere` | the pictures of a completed task stand elsewhere |
//! | `id-under [NAME]` | the id of a task is called `task_id`, or NAME |
//! | `fail [CODE] [message="..."]` | the task will fail, with `generation_failed` unless told |
//! | `moderate [later]` | 422 at once; `later`: the task fails with `content_policy_violation` |
//! | `webhook-again [N]` | the webhook of the task is delivered N times more though it was taken, once unless told |
//! | `missing [TIME\|Nx]` | a task is not found for so long, or so many polls, after its create; 2s unless told |
//! | `no-business-id` | a task is not found by its `client_business_id` |
//! | `strict-references` | references are taken in the catalogue's form only |
//! | `expire [N]` | the file has expired: 404, or N |
//! | `oversize [SIZE] [unannounced]` | the file goes on with noughts up to that size, 64MB unless told |
//! | `content-type TYPE` | the answer is called that |
//!
//! Presets: `flaky`, `busy`, `strict`, `broke`, `hostile`; [`presets`] tells what is in them.

mod action;
mod answer;
mod arguments;
mod engine;
mod error;
mod parse;
mod preset;
mod rule;
mod statements;
mod values;

pub(crate) use action::{Action, At, Envelope, Place, Wait};
pub(crate) use answer::{reshape, stand_in};
pub(crate) use engine::{Drawn, Engine, Subject};
pub use engine::{FaultId, FaultState};
pub use error::FaultError;
pub(crate) use parse::parse;
pub use preset::presets;
pub(crate) use rule::{Rule, Spot};
