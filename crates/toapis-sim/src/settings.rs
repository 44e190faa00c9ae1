//! What a simulator can be told: the builder, and the settings it makes.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use crate::{Account, IdShape, Simulator, StartError};

/// The first state that a new task is told to be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FirstState {
    /// `pending`, as the live service answers.
    #[default]
    Pending,
    /// `queued`, as on the page.
    Queued,
}

/// The form in which references are taken; which one the live service wants is not known for every model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum References {
    /// Strings and objects with `url`.
    #[default]
    Both,
    /// The form that the contract's catalogue gives for the model.
    Catalogue,
    /// Objects with `url` only.
    Objects,
    /// Strings only.
    Strings,
}

/// Everything that a simulator runs by.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Settings {
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    pub(crate) files_port: u16,
    pub(crate) files_hosts: u16,
    pub(crate) admin_port: Option<u16>,
    pub(crate) seed: u64,
    pub(crate) speed: f64,
    pub(crate) starts_at: Option<u64>,
    pub(crate) id_shape: IdShape,
    pub(crate) first_state: FirstState,
    pub(crate) references: References,
    pub(crate) progress_moves: bool,
    pub(crate) rate_limits: bool,
    pub(crate) any_key: bool,
    pub(crate) any_model: bool,
    pub(crate) result_lifetime: Option<Duration>,
    pub(crate) webhooks_anywhere: bool,
    pub(crate) connections: usize,
    pub(crate) accounts: Vec<Account>,
    pub(crate) faults: Vec<String>,
}

/// Sets up a [`Simulator`]; every setting has a default, and `start` says what is wrong with the others.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), toapis_sim::StartError> {
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
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start`"]
pub struct SimulatorBuilder {
    settings: Settings,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        Self {
            settings: Settings {
                host: IpAddr::V4(Ipv4Addr::LOCALHOST),
                port: 0,
                files_port: 0,
                files_hosts: 1,
                admin_port: None,
                seed: 0,
                speed: Self::SPEED,
                starts_at: None,
                id_shape: IdShape::default(),
                first_state: FirstState::default(),
                references: References::default(),
                progress_moves: true,
                rate_limits: true,
                any_key: false,
                any_model: false,
                result_lifetime: None,
                webhooks_anywhere: false,
                connections: 16_384,
                accounts: Vec::new(),
                faults: Vec::new(),
            },
        }
    }
}

impl SimulatorBuilder {
    /// The default speed: ten times that of the documented service, so that a person waits a second or two, and
    /// hardly ever more than five.
    pub const SPEED: f64 = 10.0;

    /// The address to listen on; loopback (127.0.0.1) unless told.
    ///
    /// Keys are no secrets here and nothing is encrypted: any other address shows it all to that network.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.settings.host = host;
        self
    }

    /// The port of the API; 0, the default, is any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// The port of the files' host; 0, the default, is any free one.
    pub fn files_port(mut self, port: u16) -> Self {
        self.settings.files_port = port;
        self
    }

    /// On how many ports files are served, from 1 to 16; results take turns. The service uses several hosts too.
    ///
    /// The first is [`files_port`](Self::files_port), the others are any free ones.
    pub fn files_hosts(mut self, hosts: u16) -> Self {
        self.settings.files_hosts = hosts;
        self
    }

    /// Opens the admin port: the inspector, the books and the switches of faults, on this port, or any free one if 0.
    /// There is none unless told.
    ///
    /// | method, path | what |
    /// | --- | --- |
    /// | GET `/` | the inspector |
    /// | GET `/events` | server-sent events: every exchange as it happens, the state twice a second |
    /// | GET `/api/state` | addresses, clock, accounts, buckets, books, faults, the newest tasks |
    /// | GET `/api/ledger` | the books |
    /// | GET `/api/exchanges?after=N` | the last thousand exchanges, or those after number N |
    /// | GET `/api/deliveries` | attempts to deliver webhooks |
    /// | GET `/api/presets` | presets of faults |
    /// | POST `/api/faults` `{"rules":"..."}` | adds rules, answers their numbers |
    /// | DELETE `/api/faults`, `/api/faults/N` | takes all back, or one |
    /// | POST `/api/advance` `{"seconds":60}` | moves the clock forward |
    /// | POST `/api/credits` `{"account":"main","credits":100}` | sets what an account has left; `null` is without a limit |
    /// | GET `/pictures/TASK/N` | a picture of a completed task, not counted as a download |
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), toapis_sim::StartError> {
    /// let sim = toapis_sim::Simulator::builder().admin_port(0).start().await?;
    /// assert!(sim.admin_url().is_some_and(|url| url.starts_with("http://127.0.0.1:")));
    /// # Ok(()) }
    /// ```
    pub fn admin_port(mut self, port: u16) -> Self {
        self.settings.admin_port = Some(port);
        self
    }

    /// The seed of all that is random: ids, durations, keys, pictures, the probability of faults. 0 unless told.
    ///
    /// The same seed and the same requests in the same order give the same ids, durations and pictures. Times on the
    /// wire are the same as well when [`starts_at`](Self::starts_at) is.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// How much faster than the documented service tasks are done, from 0.001 to 1,000,000;
    /// [`SPEED`](Self::SPEED) unless told, 1 for the documented 5 to 30 seconds.
    ///
    /// It shortens generation and the waits between webhooks. Rate limits and lifetimes run by the true clock.
    pub fn speed(mut self, speed: f64) -> Self {
        self.settings.speed = speed;
        self
    }

    /// What the clock shows at the start, in Unix seconds; the machine's own time unless told.
    pub fn starts_at(mut self, unix_seconds: u64) -> Self {
        self.settings.starts_at = Some(unix_seconds);
        self
    }

    /// The shape of task ids.
    pub fn id_shape(mut self, shape: IdShape) -> Self {
        self.settings.id_shape = shape;
        self
    }

    /// The first state of a task.
    pub fn first_state(mut self, state: FirstState) -> Self {
        self.settings.first_state = state;
        self
    }

    /// The form in which references are taken.
    pub fn references(mut self, references: References) -> Self {
        self.settings.references = references;
        self
    }

    /// Whether `progress` moves between 0 and 100 (the default), or stays at 0; what the service does is unknown.
    pub fn progress_moves(mut self, moves: bool) -> Self {
        self.settings.progress_moves = moves;
        self
    }

    /// Whether the documented rate limits hold; they do unless told.
    pub fn rate_limits(mut self, on: bool) -> Self {
        self.settings.rate_limits = on;
        self
    }

    /// Takes any bearer key for the first account's first one, for a shell in which some key is set already.
    pub fn any_key(mut self, any: bool) -> Self {
        self.settings.any_key = any;
        self
    }

    /// Takes models that the contract does not know; they are answered by 503 `model_not_found` unless told.
    pub fn any_model(mut self, any: bool) -> Self {
        self.settings.any_model = any;
        self
    }

    /// How long a result is served; the contract's lifetime unless told.
    pub fn result_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.result_lifetime = Some(lifetime);
        self
    }

    /// Lets webhooks go to any address; only loopback unless told.
    pub fn webhooks_anywhere(mut self, anywhere: bool) -> Self {
        self.settings.webhooks_anywhere = anywhere;
        self
    }

    /// The most connections that are served at once, on each port; more wait until one ends. 16,384 unless told.
    pub fn connections(mut self, most: usize) -> Self {
        self.settings.connections = most;
        self
    }

    /// Adds an account. Without any there is one, `main`, with one key.
    pub fn account(mut self, account: Account) -> Self {
        self.settings.accounts.push(account);
        self
    }

    /// Adds rules in the language of [faults](crate::fault), of a file's text or of a flag; `start` refuses wrong ones.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use toapis_sim::Simulator;
    ///
    /// let sim = Simulator::builder().faults("preset flaky; file nth=1 => truncate 10%").start().await;
    /// assert!(sim.is_ok());
    /// let error = Simulator::builder().faults("create => explode").start().await.unwrap_err();
    /// assert!(error.to_string().contains("no action \"explode\""));
    /// # }
    /// ```
    pub fn faults(mut self, rules: impl Into<String>) -> Self {
        self.settings.faults.push(rules.into());
        self
    }

    /// Opens the ports and serves until the simulator is dropped or [shut down](Simulator::shutdown).
    ///
    /// # Errors
    ///
    /// A port that is taken or not allowed, a setting that makes no sense; the message says which and what to do.
    pub async fn start(self) -> Result<Simulator, StartError> {
        Simulator::run(self.settings).await
    }
}

impl Settings {
    /// Everything that can be refused before a port is opened.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        if !(0.001..=1e6).contains(&self.speed) {
            return Err(StartError::setting(format!(
                "a speed of {} is not between 0.001 and 1000000",
                self.speed
            )));
        }
        if !(1..=16).contains(&self.files_hosts) {
            return Err(StartError::setting(format!(
                "{} files' hosts are not between 1 and 16",
                self.files_hosts
            )));
        }
        if self.connections == 0 {
            return Err(StartError::setting("0 connections would serve no one"));
        }
        let ports = [Some(self.port), Some(self.files_port), self.admin_port];
        let mut taken: Vec<u16> = ports
            .into_iter()
            .flatten()
            .filter(|port| *port != 0)
            .collect();
        taken.sort_unstable();
        if let Some([port, _]) = taken.array_windows().find(|[one, next]| one == next) {
            return Err(StartError::setting(format!(
                "port {port} is given to two of API, files and admin"
            )));
        }
        Ok(())
    }
}
