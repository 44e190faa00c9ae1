//! The effects of faults on the execution of a request.

use super::{Action, ActiveFault, MissingUntil};
use crate::state::TaskFailure;

/// The error code of content moderation.
pub(crate) const CONTENT_POLICY_CODE: &str = "content_policy_violation";

/// How faults change the execution of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultEffects {
    /// The task fails with this error.
    pub(crate) failure: Option<TaskFailure>,
    /// References are accepted only in the catalogue's form.
    pub(crate) strict_references: bool,
    /// The prompt is rejected.
    pub(crate) moderated: bool,
    /// A task is not found until then.
    pub(crate) missing_until: Option<MissingUntil>,
    /// A task is not found by its `client_business_id`.
    pub(crate) no_business_id: bool,
    /// Extra deliveries of the webhook after a success.
    pub(crate) extra_deliveries: u32,
}

impl FaultEffects {
    pub(crate) fn from_faults(faults: &[ActiveFault]) -> Self {
        let mut effects = Self::default();
        for fault in faults {
            match &fault.action {
                Action::Fail { code, message } => {
                    let default = "call upstream API failed: upstream returned status 422";
                    effects.failure = Some(TaskFailure {
                        code: code.clone(),
                        message: message.as_deref().unwrap_or(default).to_owned(),
                    });
                }
                Action::Moderate { later: false } => effects.moderated = true,
                Action::Moderate { later: true } => {
                    effects.failure = Some(TaskFailure {
                        code: CONTENT_POLICY_CODE.to_owned(),
                        message: "The image was rejected by the content policy".to_owned(),
                    });
                }
                Action::StrictReferences => effects.strict_references = true,
                Action::Missing(until) => effects.missing_until = Some(*until),
                Action::NoBusinessId => effects.no_business_id = true,
                Action::WebhookAgain { times } => effects.extra_deliveries = *times,
                _ => {}
            }
        }
        effects
    }
}
