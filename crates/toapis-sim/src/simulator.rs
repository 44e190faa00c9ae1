//! The simulator: starts the ports and gives access to the state.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use toapis_contract::Contract;
use tokio::task::AbortHandle;

use crate::{
    account::Account,
    admin::{Admin, AdminHandler},
    api::ApiHandler,
    builder::SimulatorBuilder,
    clock::Clock,
    contract_data::ContractData,
    control::Control,
    error::StartError,
    faults::{self, FaultError, FaultId, FaultInjector, FaultState},
    files::{FilesHandler, ImageCache},
    server::Listener,
    state::{AccountState, AppState, Delivery, Exchange, Ledger, Urls},
    webhooks::webhook_channel,
};

/// A running service on its own ports, by default on loopback. Dropping it stops the service.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
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
    control: Control,
    admin_url: Option<String>,
    key: String,
    tasks: Vec<AbortHandle>,
}

impl SimulatorBuilder {
    /// Opens the ports and serves until the simulator is dropped or
    /// [shut down](Simulator::shutdown).
    ///
    /// # Errors
    ///
    /// A port that is in use or not allowed, or an invalid setting; the message says what to
    /// change.
    pub async fn start(self) -> Result<Simulator, StartError> {
        let mut config = self.config;
        config.validate()?;
        if config.accounts.is_empty() {
            config.accounts.push(Account::new("main"));
        }
        let contract = Contract::embedded();
        let contract_data = ContractData::read(contract)?;
        let mut rules = Vec::new();
        for text in &config.faults {
            let parsed = faults::parse(text);
            rules.extend(parsed.map_err(|error| StartError::setting(error.to_string()))?);
        }
        let faults = Arc::new(FaultInjector::new(config.seed(), rules));
        let clock = Clock::new(config.start_time);
        let accounts = AccountState::from_config(
            &config.accounts,
            config.seed.unwrap_or_else(|| fastrand::u64(..)),
            &contract_data,
            clock.now(),
        )?;
        let key = accounts[0].keys[0].text.clone();

        let address = |port| SocketAddr::new(config.host, port);
        let api = Listener::bind("API", address(config.port)).await?;
        let mut files = Vec::new();
        for host in 0..config.files_hosts {
            let port = if host == 0 { config.files_port } else { 0 };
            files.push(Listener::bind("files", address(port)).await?);
        }
        let admin = match config.admin_port {
            Some(port) => Some(Listener::bind("admin", address(port)).await?),
            None => None,
        };
        let admin_url = admin.as_ref().map(Listener::url);
        let urls = Urls {
            api: api.url(),
            files: files.iter().map(Listener::url).collect(),
        };

        let max_connections = config.max_connections;
        let app = Arc::new(AppState::new(
            config,
            contract,
            contract_data,
            clock,
            urls,
            accounts,
        ));
        let images = Arc::new(ImageCache::default());
        let (webhooks, worker) = webhook_channel();
        let control = Control {
            app: Arc::clone(&app),
            faults: Arc::clone(&faults),
            webhooks: webhooks.clone(),
        };
        let api_handler = ApiHandler::new(Arc::clone(&app), Arc::clone(&faults), webhooks);
        let files_handler = FilesHandler::new(Arc::clone(&app), faults, Arc::clone(&images));
        let mut tasks = vec![
            tokio::spawn(worker.run(app)).abort_handle(),
            api.spawn(max_connections, api_handler),
        ];
        for listener in files {
            tasks.push(listener.spawn(max_connections, files_handler.clone()));
        }
        if let Some(listener) = admin {
            let handler = AdminHandler::new(Admin {
                control: control.clone(),
                images,
            });
            tasks.push(listener.spawn(max_connections, handler));
        }
        Ok(Simulator {
            control,
            admin_url,
            key,
            tasks,
        })
    }
}

impl Simulator {
    /// Starts a simulator with default settings: loopback, free ports, one account with one key.
    ///
    /// # Errors
    ///
    /// No port can be opened.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Creates a builder with default settings.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Returns the base URL of the API, without a trailing slash and without `/v1`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.control.app.urls.api
    }

    /// Returns the base URL of the first file host, without a trailing slash.
    #[must_use]
    pub fn files_url(&self) -> &str {
        self.control
            .app
            .urls
            .files
            .first()
            .map_or("", String::as_str)
    }

    /// Returns the base URL of the admin port, if it is open.
    #[must_use]
    pub fn admin_url(&self) -> Option<&str> {
        self.admin_url.as_deref()
    }

    /// Returns the first key of the first account.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the current ledger.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.control.ledger()
    }

    /// Returns the number of accepted creates with this `client_business_id`. More than one means
    /// that the same order was paid more than once.
    #[must_use]
    pub fn accepted_by_business_id(&self, business_id: &str) -> u64 {
        self.control.app.store().count_by_business_id(business_id)
    }

    /// Restores the state after the start, for the next of several tests.
    ///
    /// Removes all tasks, files, exchanges and deliveries, and restores balances, rate limits and
    /// the faults of the configuration. The clock is not changed, and the numbers of exchanges
    /// continue.
    pub fn reset(&self) {
        self.control.reset();
    }

    /// Returns the last thousand exchanges, oldest first.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.control.app.exchanges().after(0).collect()
    }

    /// Returns the last ten thousand webhook deliveries, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.control.app.deliveries().iter().cloned().collect()
    }

    /// Sends an `endpoint.test` event to the webhook of a key, as the service's console does.
    ///
    /// Returns false if the key is unknown or has no webhook.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn test_webhook(&self, key: &str) -> bool {
        self.control.test_webhook(key)
    }

    /// Advances the simulator's clock: tasks progress, rate limits refill, results expire.
    pub fn advance(&self, duration: Duration) {
        self.control.app.clock.advance(duration);
    }

    /// Adds rules in the language of [faults](crate::faults) and returns their ids.
    ///
    /// # Errors
    ///
    /// A rule is invalid; then no rule is added.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sim = toapis_sim::Simulator::start().await?;
    /// sim.inject_faults("create nth=1 => lose-answer")?;
    /// assert_eq!(sim.faults()[0].fired, 0);
    /// # Ok(()) }
    /// ```
    pub fn inject_faults(&self, rules: &str) -> Result<Vec<FaultId>, FaultError> {
        Ok(self.control.faults.add(faults::parse(rules)?))
    }

    /// Removes a rule. Returns false if the id is unknown.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn remove_fault(&self, id: FaultId) -> bool {
        self.control.faults.remove(id)
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.control.faults.clear();
    }

    /// Returns all rules with their counters.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultState> {
        self.control.faults.states()
    }

    /// Sets the remaining credits of an account; `None` makes it unlimited.
    ///
    /// Returns false if the account is unknown.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn set_credits(&self, account: &str, credits: Option<u64>) -> bool {
        self.control.app.set_credits(account, credits)
    }

    /// Stops the service, closes all connections and frees the ports.
    pub async fn shutdown(mut self) {
        for task in std::mem::take(&mut self.tasks) {
            task.abort();
            while !task.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for task in &self.tasks {
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
    /// Formats a summary for a person: the URLs and a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "API    {}", self.base_url())?;
        for url in &self.control.app.urls.files {
            writeln!(f, "files  {url}")?;
        }
        if let Some(url) = &self.admin_url {
            writeln!(f, "admin  {url}")?;
        }
        write!(f, "key    {}", self.key)
    }
}
