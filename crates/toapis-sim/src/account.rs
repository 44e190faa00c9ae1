//! Who may ask: accounts with their keys, credits and webhooks, as a test sets them up.

/// An account: credits and rate limits belong to it, keys only spend them.
///
/// ```
/// use toapis_sim::{Account, Key};
///
/// let account = Account::new("studio")
///     .credits(500)
///     .group("vip")
///     .key(Key::new("sk-studio-one"))
///     .key(Key::new("sk-studio-two").limit(40));
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) name: String,
    pub(crate) credits: Option<u64>,
    pub(crate) group: String,
    pub(crate) keys: Vec<Key>,
}

impl Account {
    /// The credits of an account that is not told how many it has; the simulator's own choice.
    pub const CREDITS: u64 = 100_000;

    /// An account with [`Account::CREDITS`] in the group `default`; without a key it gets one that is made by seed.
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

    /// What it has to spend, in credits.
    #[must_use]
    pub fn credits(mut self, credits: u64) -> Self {
        self.credits = Some(credits);
        self
    }

    /// Lets it spend without end; its balance then says `unlimited_quota`.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.credits = None;
        self
    }

    /// Its group of the contract's `x-rate-limits`: `default`, `vip` or `svip`.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }
}

/// A key of an account.
#[derive(Clone, Debug)]
pub struct Key {
    pub(crate) text: Option<String>,
    pub(crate) limit: Option<u64>,
    pub(crate) models: Option<Vec<String>>,
    pub(crate) webhook: Option<Webhook>,
}

impl Key {
    /// A key of this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::minted()
        }
    }

    /// A key whose text is made by seed, `sk-` and 48 letters and digits.
    #[must_use]
    pub fn minted() -> Self {
        Self {
            text: None,
            limit: None,
            models: None,
            webhook: None,
        }
    }

    /// How many credits this key may spend of its account's.
    #[must_use]
    pub fn limit(mut self, credits: u64) -> Self {
        self.limit = Some(credits);
        self
    }

    /// The only models this key may use; a create for any other is answered by 403.
    #[must_use]
    pub fn models<M: Into<String>>(mut self, models: impl IntoIterator<Item = M>) -> Self {
        self.models = Some(models.into_iter().map(Into::into).collect());
        self
    }

    /// Where the events of this key's tasks are sent, and what signs them.
    #[must_use]
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhook = Some(webhook);
        self
    }
}

/// The webhook of a key, as the service's console would set it.
#[derive(Clone)]
pub struct Webhook {
    pub(crate) url: String,
    pub(crate) secrets: Vec<Vec<u8>>,
}

impl Webhook {
    /// Events go to `url`, signed with `secret` (the service's are 32 bytes long; any length is taken here).
    ///
    /// It is called over plain HTTP; an attempt on any other scheme fails, and the [`Delivery`](crate::Delivery) says so.
    ///
    /// Only loopback is ever called unless [`SimulatorBuilder::webhooks_anywhere`](crate::SimulatorBuilder::webhooks_anywhere) says so.
    #[must_use]
    pub fn new(url: impl Into<String>, secret: impl Into<Vec<u8>>) -> Self {
        Self {
            url: url.into(),
            secrets: vec![secret.into()],
        }
    }

    /// The secret of before, with which events are signed as well while the secret rotates.
    #[must_use]
    pub fn old_secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
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
