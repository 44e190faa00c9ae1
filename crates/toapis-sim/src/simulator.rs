//! The simulator as a user holds it: started, asked, shut down.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use toapis_contract::Contract;
use tokio::task::AbortHandle;

use crate::{
    Account, Exchange, FaultError, FaultId, FaultState, Key, Ledger, SimulatorBuilder, StartError,
    admin::AdminDesk,
    api::Desk,
    clock::Clock,
    dice::{Purpose, dice, letters},
    facts::Facts,
    fault::{self, Engine},
    files::FilesHost,
    serve::{self, Listener},
    settings::Settings,
    webhook::{Delivery, courier},
    world::{Purse, State, Urls, World},
};

/// A running service on ports of its own, on loopback unless told otherwise.
///
/// It stops when it is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let _ = rustls::crypto::ring::default_provider().install_default();
/// use toapis_sim::Simulator;
///
/// let sim = Simulator::start().await?;
/// let balance = reqwest::Client::new()
///     .get(format!("{}/v1/balance", sim.base_url()))
///     .bearer_auth(sim.key())
///     .send()
///     .await?;
/// assert_eq!(balance.status(), 200);
/// sim.shutdown().await;
/// # Ok(()) }
/// ```
#[must_use = "a simulator stops when it is dropped"]
pub struct Simulator {
    world: Arc<World>,
    admin_url: Option<String>,
    key: String,
    running: Vec<AbortHandle>,
}

impl Simulator {
    /// Starts one with the default settings: loopback, free ports, one account with one key.
    ///
    /// # Errors
    ///
    /// No port can be opened.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Sets one up.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    pub(crate) async fn run(mut settings: Settings) -> Result<Self, StartError> {
        settings.check()?;
        let facts = Facts::read(Contract::embedded())?;
        let mut faults = Engine::new(settings.seed);
        for rules in &settings.faults {
            let rules =
                fault::parse(rules).map_err(|error| StartError::setting(error.to_string()))?;
            faults.add(rules);
        }
        let clock = Clock::new(settings.starts_at);
        if settings.accounts.is_empty() {
            settings.accounts.push(Account::new("main"));
        }
        let state = State::new(purses(&settings, &facts, &clock)?);
        let key = state
            .first_key()
            .and_then(|key| Some(state.key_purse(key)?.text.clone()))
            .unwrap_or_default();

        let api = Listener::open("API", SocketAddr::new(settings.host, settings.port)).await?;
        let mut files = Vec::new();
        for host in 0..settings.files_hosts {
            let port = if host == 0 { settings.files_port } else { 0 };
            files.push(Listener::open("files", SocketAddr::new(settings.host, port)).await?);
        }
        let admin = match settings.admin_port {
            Some(port) => {
                Some(Listener::open("admin", SocketAddr::new(settings.host, port)).await?)
            }
            None => None,
        };
        let url = |listener: &Listener| format!("http://{}", listener.address);
        let admin_url = admin.as_ref().map(url);
        let urls = Urls {
            api: url(&api),
            files: files.iter().map(url).collect(),
        };
        let connections = settings.connections;
        let (courier, errands) = courier();
        let world = Arc::new(World::new(
            settings, facts, clock, state, urls, faults, courier,
        ));
        let courier = tokio::spawn(errands.run(Arc::clone(&world))).abort_handle();
        let mut running = vec![
            courier,
            serve::spawn(api, connections, Desk(Arc::clone(&world))),
        ];
        running.extend(
            files
                .into_iter()
                .map(|listener| serve::spawn(listener, connections, FilesHost(Arc::clone(&world)))),
        );
        if let Some(admin) = admin {
            running.push(serve::spawn(
                admin,
                connections,
                AdminDesk::new(Arc::clone(&world)),
            ));
        }
        Ok(Self {
            world,
            admin_url,
            key,
            running,
        })
    }

    /// The address of the API, without a slash at the end and without `/v1`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.world.api_url
    }

    /// The address of the (first) files' host, without a slash at the end.
    #[must_use]
    pub fn files_url(&self) -> &str {
        self.world.files_urls.first().map_or("", String::as_str)
    }

    /// The address of the inspector and the admin port, if there is one.
    #[must_use]
    pub fn admin_url(&self) -> Option<&str> {
        self.admin_url.as_deref()
    }

    /// A key that works: the first of the first account.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The books as they stand now.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let mut state = self.world.state();
        state.settle(self.world.clock.now());
        state.ledger()
    }

    /// The last thousand exchanges, oldest first.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.world.log().after(0).collect()
    }

    /// The last ten thousand attempts to deliver a webhook, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world.deliveries().iter().cloned().collect()
    }

    /// Sends an `endpoint.test` event to the webhook of a key, as the service's console does; tells whether it has one.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn test_webhook(&self, key: &str) -> bool {
        let found = {
            let state = self.world.state();
            state.key(key).filter(|&key| {
                state
                    .key_purse(key)
                    .is_some_and(|key| key.webhook.is_some())
            })
        };
        found.map(|key| self.world.test_webhook(key)).is_some()
    }

    /// Moves the simulator's clock forward at once: tasks progress, buckets fill, results expire.
    pub fn advance(&self, span: Duration) {
        self.world.clock.skip(span);
    }

    /// Adds rules in the language of [faults](crate::fault), which strike from now on; gives their numbers.
    ///
    /// # Errors
    ///
    /// The text is not in that language; then none of its rules is added.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sim = toapis_sim::Simulator::start().await?;
    /// sim.fault("create nth=1 => lose-answer")?;
    /// assert_eq!(sim.faults()[0].fired, 0);
    /// # Ok(()) }
    /// ```
    pub fn fault(&self, rules: &str) -> Result<Vec<FaultId>, FaultError> {
        let rules = fault::parse(rules)?;
        Ok(self.world.faults().add(rules))
    }

    /// Takes a rule back; tells whether it was there.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn remove_fault(&self, id: FaultId) -> bool {
        self.world.faults().remove(id)
    }

    /// Takes all rules back.
    pub fn clear_faults(&self) {
        self.world.faults().clear();
    }

    /// All rules, and how often each struck.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultState> {
        self.world.faults().states()
    }

    /// Sets what an account has left, in credits; `None` is without a limit. Tells whether there is such an account.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn set_credits(&self, account: &str, credits: Option<u64>) -> bool {
        self.world.set_credits(account, credits)
    }

    /// Stops serving, closes every connection and frees the ports.
    pub async fn shutdown(mut self) {
        for task in std::mem::take(&mut self.running) {
            task.abort();
            while !task.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for task in &self.running {
            task.abort();
        }
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("base_url", &self.base_url())
            .field("files_url", &self.files_url())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Simulator {
    /// The summary that is printed for a person: where it is, and a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "API    {}", self.base_url())?;
        for url in &self.world.files_urls {
            writeln!(f, "files  {url}")?;
        }
        if let Some(url) = &self.admin_url {
            writeln!(f, "admin  {url}")?;
        }
        write!(f, "key    {}", self.key)
    }
}

/// The accounts at work; no two keys may be the same, and a group must be one of the contract's.
fn purses(settings: &Settings, facts: &Facts, clock: &Clock) -> Result<Vec<Purse>, StartError> {
    let mut minted = 0;
    let mut mint = || {
        minted += 1;
        format!(
            "sk-{}",
            letters(&mut dice(settings.seed, Purpose::Key, minted), 48)
        )
    };
    let mut purses = Vec::new();
    let mut texts = std::collections::HashSet::new();
    for account in &settings.accounts {
        let mut account = account.clone();
        if account.keys.is_empty() {
            account.keys.push(Key::minted());
        }
        let group = facts.groups.get(&account.group).copied().ok_or_else(|| {
            let mut known: Vec<&str> = facts.groups.keys().map(String::as_str).collect();
            known.sort_unstable();
            StartError::setting(format!(
                "the contract has no group {:?}: {}",
                account.group,
                known.join(", ")
            ))
        })?;
        let purse = Purse::new(&account, group, clock.now(), &mut mint);
        for key in &purse.keys {
            let usable =
                !key.text.is_empty() && key.text.bytes().all(|byte| byte.is_ascii_graphic());
            if !usable {
                return Err(StartError::setting(
                    "a key must be visible ASCII characters without spaces",
                ));
            }
            if !texts.insert(key.text.clone()) {
                return Err(StartError::setting(format!(
                    "the key of {} is another key's too",
                    key.label
                )));
            }
        }
        purses.push(purse);
    }
    Ok(purses)
}
