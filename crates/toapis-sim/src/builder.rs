//! The builder of a simulator.

use std::{net::IpAddr, time::Duration};

use crate::{
    account::Account,
    config::{Config, InitialStatus, ReferencePolicy},
    rng::IdFormat,
};

/// A builder that configures a [`Simulator`](crate::Simulator). Every setting has a default.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), toapis_sim::StartError> {
/// use toapis_sim::{Account, Key, Simulator};
///
/// let sim = Simulator::builder()
///     .seed(7)
///     .speed(100.0)
///     .account(Account::new("poor").credits(8).key(Key::new("sk-one")))
///     .start()
///     .await?;
/// assert_eq!(sim.key(), "sk-one");
/// # sim.shutdown().await;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `start`"]
pub struct SimulatorBuilder {
    pub(crate) config: Config,
}

impl SimulatorBuilder {
    /// The default [`speed`](Self::speed): a person waits a second or two for a task, rarely five.
    pub const SPEED: f64 = Config::DEFAULT_SPEED;

    /// Sets the address to listen on. Default: 127.0.0.1.
    ///
    /// Traffic is not encrypted and keys are printed: another address exposes both to its network.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.config.host = host;
        self
    }

    /// Sets the port of the API. Default: 0, any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.config.port = port;
        self
    }

    /// Sets the port of the first file host. Default: 0, any free port.
    pub fn files_port(mut self, port: u16) -> Self {
        self.config.files_port = port;
        self
    }

    /// Sets the number of file hosts, from 1 to 16; results alternate between them. Default: 1.
    ///
    /// The first host uses [`files_port`](Self::files_port), the others any free port. The service
    /// also uses several hosts.
    pub fn files_hosts(mut self, hosts: u16) -> Self {
        self.config.files_hosts = hosts;
        self
    }

    /// Opens the admin port with the inspector page and the admin API; 0 is any free port.
    /// Default: no admin port.
    ///
    /// | method, path | description |
    /// | --- | --- |
    /// | GET `/` | the inspector page |
    /// | GET `/api` | the list of these endpoints |
    /// | GET `/events` | server-sent events: each exchange, and the state twice a second |
    /// | GET `/api/state` | URLs, clock, accounts, rate limits, ledger, faults, the newest tasks |
    /// | GET `/api/ledger` | the ledger |
    /// | GET `/api/tasks?after=N&limit=N&business_id=ID` | tasks in pages, oldest first |
    /// | GET `/api/exchanges?after=N` | the last thousand exchanges, or those after number N |
    /// | GET `/api/deliveries` | webhook deliveries |
    /// | GET `/api/presets` | fault presets |
    /// | POST `/api/faults` `{"rules":"..."}` | adds fault rules, returns their ids |
    /// | DELETE `/api/faults`, `/api/faults/N` | removes all rules, or one |
    /// | POST `/api/advance` `{"seconds":60}` | advances the clock |
    /// | POST `/api/credits` `{"account":"main","credits":9}` | sets a balance; `null`: unlimited |
    /// | POST `/api/webhook-test` `{"key":"sk-..."}` | sends a test event |
    /// | POST `/api/reset` | removes all tasks, files and records, restores balances and faults |
    /// | GET `/images/TASK/N` | an image of a completed task, not counted as a download |
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), toapis_sim::StartError> {
    /// let sim = toapis_sim::Simulator::builder().admin_port(0).start().await?;
    /// assert!(sim.admin_url().is_some_and(|url| url.starts_with("http://127.0.0.1:")));
    /// # Ok(()) }
    /// ```
    pub fn admin_port(mut self, port: u16) -> Self {
        self.config.admin_port = Some(port);
        self
    }

    /// Sets the seed of ids, durations, keys, images and fault probabilities. Default: 0, but each
    /// run generates other keys.
    ///
    /// The same seed and the same requests in the same order give the same ids, durations and
    /// images. Timestamps are also the same if [`start_time`](Self::start_time) is set.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// Sets how much faster than the documented service tasks complete, from 0.001 to 1,000,000.
    /// Default: [`SPEED`](Self::SPEED); 1 gives the documented 5 to 30 seconds.
    ///
    /// It divides the duration of tasks and the delays between webhook deliveries. Rate limits and
    /// lifetimes do not depend on it.
    pub fn speed(mut self, speed: f64) -> Self {
        self.config.speed = speed;
        self
    }

    /// Sets the start of the simulator's clock, in Unix seconds. Default: the system time.
    pub fn start_time(mut self, unix_seconds: u64) -> Self {
        self.config.start_time = Some(unix_seconds);
        self
    }

    /// Sets the format of task ids.
    pub fn id_format(mut self, format: IdFormat) -> Self {
        self.config.id_format = format;
        self
    }

    /// Sets the first status of a task.
    pub fn initial_status(mut self, status: InitialStatus) -> Self {
        self.config.initial_status = status;
        self
    }

    /// Sets the accepted forms of reference images.
    pub fn reference_policy(mut self, policy: ReferencePolicy) -> Self {
        self.config.reference_policy = policy;
        self
    }

    /// Sets whether `progress` grows while a task runs (the default) or stays 0. What the service
    /// does is unknown.
    pub fn report_progress(mut self, enabled: bool) -> Self {
        self.config.report_progress = enabled;
        self
    }

    /// Sets whether the documented rate limits apply. Default: true.
    pub fn rate_limits(mut self, enabled: bool) -> Self {
        self.config.rate_limits = enabled;
        self
    }

    /// Accepts any bearer key as the first key of the first account, for environments that already
    /// set a key. Default: false.
    pub fn accept_any_key(mut self, enabled: bool) -> Self {
        self.config.accept_any_key = enabled;
        self
    }

    /// Accepts models that the contract does not list. Default: false, a create for one fails with
    /// 503 `model_not_found`.
    pub fn accept_unknown_models(mut self, enabled: bool) -> Self {
        self.config.accept_unknown_models = enabled;
        self
    }

    /// Sets how long a result is served. Default: the contract's lifetime.
    pub fn result_lifetime(mut self, lifetime: Duration) -> Self {
        self.config.result_lifetime = Some(lifetime);
        self
    }

    /// Allows webhooks to addresses other than loopback. Default: false.
    pub fn allow_external_webhooks(mut self, enabled: bool) -> Self {
        self.config.allow_external_webhooks = enabled;
        self
    }

    /// Allows a host name in the `Host` header of requests, such as the name of a container.
    ///
    /// IP addresses and `localhost` are always allowed. Other names are rejected with status 403,
    /// which protects from web pages that bind their own name to the simulator's address.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.config.allowed_hosts.push(name.into());
        self
    }

    /// Sets whether web pages of every origin may call the API and fetch files. Default: false.
    ///
    /// The service allows this only for its balance operations, as the simulator always does.
    pub fn cors(mut self, enabled: bool) -> Self {
        self.config.cors = enabled;
        self
    }

    /// Sets the maximum number of tasks; further creates fail with status 400. Default: 1,000,000.
    pub fn max_tasks(mut self, tasks: usize) -> Self {
        self.config.max_tasks = tasks;
        self
    }

    /// Sets the maximum number of concurrent connections to each port; more wait in the backlog.
    /// Default: 16,384.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.config.max_connections = connections;
        self
    }

    /// Adds an account. Default: one account, `main`, with one key.
    pub fn account(mut self, account: Account) -> Self {
        self.config.accounts.push(account);
        self
    }

    /// Adds rules in the language of [faults](crate::faults); `start` fails if they are invalid.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use toapis_sim::Simulator;
    ///
    /// let rules = "preset flaky; file nth=1 => truncate 10%";
    /// assert!(Simulator::builder().faults(rules).start().await.is_ok());
    /// let error = Simulator::builder().faults("create => explode").start().await.unwrap_err();
    /// assert!(error.to_string().contains("unknown action `explode`"));
    /// # }
    /// ```
    pub fn faults(mut self, rules: impl Into<String>) -> Self {
        self.config.faults.push(rules.into());
        self
    }
}
