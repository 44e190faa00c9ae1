//! Accounts with their keys, credits and webhooks, as a test configures them.

/// An account. Credits and rate limits belong to the account and are shared by its keys.
///
/// ```
/// use toapis_sim::{Account, Key};
///
/// let account = Account::new("studio")
///     .credits(500)
///     .group("vip")
///     .key(Key::new("sk-studio-one"))
///     .key(Key::new("sk-studio-two").credit_limit(40));
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) name: String,
    pub(crate) credits: Option<u64>,
    pub(crate) group: String,
    pub(crate) keys: Vec<Key>,
}

impl Account {
    /// The default number of credits of an account; the simulator's own choice.
    pub const CREDITS: u64 = 100_000;

    /// Creates an account with [`Account::CREDITS`] in the group `default`.
    ///
    /// An account without a key gets a [generated](Key::generated) one.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            credits: Some(Self::CREDITS),
            group: "default".to_owned(),
            keys: Vec::new(),
        }
    }

    /// Adds a key.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    /// Sets the balance of the account, in credits.
    #[must_use]
    pub fn credits(mut self, credits: u64) -> Self {
        self.credits = Some(credits);
        self
    }

    /// Removes the limit of credits; the balance response then contains `unlimited_quota: true`.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.credits = None;
        self
    }

    /// Sets the rate limit group, one of the contract's `x-rate-limits`: `default`, `vip` or
    /// `svip`.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }
}

/// An API key of an account.
#[derive(Clone, Debug)]
pub struct Key {
    pub(crate) text: Option<String>,
    pub(crate) credit_limit: Option<u64>,
    pub(crate) models: Option<Vec<String>>,
    pub(crate) webhook: Option<Webhook>,
}

impl Key {
    /// Creates a key with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::generated()
        }
    }

    /// Creates a key whose text is generated from the seed: `sk-` and 48 letters and digits.
    #[must_use]
    pub fn generated() -> Self {
        Self {
            text: None,
            credit_limit: None,
            models: None,
            webhook: None,
        }
    }

    /// Limits the credits of the account that this key may spend.
    #[must_use]
    pub fn credit_limit(mut self, credits: u64) -> Self {
        self.credit_limit = Some(credits);
        self
    }

    /// Restricts the key to these models; a create for another model fails with status 403.
    #[must_use]
    pub fn models<M: Into<String>>(mut self, models: impl IntoIterator<Item = M>) -> Self {
        self.models = Some(models.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the webhook that receives the events of this key's tasks.
    #[must_use]
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhook = Some(webhook);
        self
    }
}

/// The webhook of a key, as a customer sets it in the service's console.
#[derive(Clone)]
pub struct Webhook {
    pub(crate) url: String,
    pub(crate) secrets: Vec<Vec<u8>>,
}

impl Webhook {
    /// Creates a webhook that sends events to `url` and signs them with `secret`.
    ///
    /// The service's secrets are 32 bytes long; the simulator accepts any length. The URL must use
    /// plain HTTP: a delivery to another scheme fails, and its [`Delivery`](crate::Delivery) says
    /// so. Only loopback addresses are called unless [`allow_external_webhooks`] is set.
    ///
    /// [`allow_external_webhooks`]: crate::SimulatorBuilder::allow_external_webhooks
    #[must_use]
    pub fn new(url: impl Into<String>, secret: impl Into<Vec<u8>>) -> Self {
        Self {
            url: url.into(),
            secrets: vec![secret.into()],
        }
    }

    /// Adds the secret that was valid before a rotation; both secrets sign each event.
    #[must_use]
    pub fn previous_secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secrets.push(secret.into());
        self
    }
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("url", &self.url)
            .field("secrets", &self.secrets.len())
            .finish()
    }
}
