//! Faults that change how a response is sent.

use http::{HeaderValue, header::CONTENT_TYPE};

use super::{Action, ActiveFault, ResetPoint};
use crate::server::{Abort, BufferedResponse, ResponsePlan, Transmission};

/// Plans how to send a response. Faults apply in order, up to the first one that ends the response.
pub(crate) fn plan_response(response: BufferedResponse, faults: &[ActiveFault]) -> ResponsePlan {
    let mut plan = ResponsePlan::complete(response);
    for fault in faults {
        if plan.transmission != Transmission::Complete {
            break;
        }
        apply(&mut plan, &fault.action);
    }
    plan
}

fn apply(plan: &mut ResponsePlan, action: &Action) {
    let body_length = plan.response.body.len();
    plan.transmission = match action {
        Action::Delay(time) => {
            plan.delay += *time;
            return;
        }
        Action::ContentType(name) => {
            if let Ok(name) = HeaderValue::from_str(name) {
                plan.response.headers.insert(CONTENT_TYPE, name);
            }
            return;
        }
        Action::LoseResponse => Transmission::Aborted(Abort::Close),
        Action::Hang { .. } => Transmission::Hung,
        Action::Reset(ResetPoint::BeforeExecution | ResetPoint::BeforeResponse) => {
            Transmission::Aborted(Abort::Reset)
        }
        Action::Reset(ResetPoint::InBody) => Transmission::Partial {
            bytes: body_length / 2,
            abort: Abort::Reset,
        },
        Action::Truncate { percent, framed } => {
            let bytes = body_length * (*percent as usize) / 100;
            if *framed || plan.response.is_json() {
                plan.response.body.truncate(bytes);
                return;
            }
            Transmission::Partial {
                bytes,
                abort: Abort::Close,
            }
        }
        Action::Drip { bytes, every } => Transmission::Drip {
            chunk_bytes: *bytes,
            interval: *every,
        },
        Action::Oversize {
            bytes,
            with_content_length,
        } => Transmission::Padded {
            total_bytes: *bytes,
            with_content_length: *with_content_length,
        },
        _ => return,
    };
}
