//! The operations that the library and the admin API share.

use std::sync::Arc;

use crate::{
    faults::FaultInjector,
    state::{AppState, Ledger},
    webhooks::WebhookSender,
};

/// The parts of a running simulator that its owner controls.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) app: Arc<AppState>,
    pub(crate) faults: Arc<FaultInjector>,
    pub(crate) webhooks: WebhookSender,
}

impl Control {
    pub(crate) fn ledger(&self) -> Ledger {
        let mut store = self.app.store();
        store.apply_completions(self.app.clock.now());
        store.ledger()
    }

    /// Restores the state after the start, except for the clock.
    pub(crate) fn reset(&self) {
        self.app.reset();
        self.faults.reset();
        self.webhooks.reset();
    }

    /// Sends a test event. Returns false if the key is unknown or has no webhook.
    pub(crate) fn test_webhook(&self, key: &str) -> bool {
        self.webhooks.enqueue_test(&self.app, key)
    }
}
