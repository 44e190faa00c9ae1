//! The settings of a simulator.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use crate::{account::Account, error::StartError, rng::IdFormat, timing::Timing};

/// The first status of a new task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitialStatus {
    /// `pending`, as the live service responds.
    #[default]
    Pending,
    /// `queued`, as on the API page.
    Queued,
}

/// The accepted forms of reference images. The form that the live service expects is not known for
/// every model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferencePolicy {
    /// Strings and objects with `url`.
    #[default]
    Both,
    /// The form that the contract's model catalogue gives for the model.
    Catalogue,
    /// Only objects with `url`.
    Objects,
    /// Only strings.
    Strings,
}

/// All settings of a simulator.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub(crate) struct Config {
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    pub(crate) files_port: u16,
    pub(crate) files_hosts: u16,
    pub(crate) admin_port: Option<u16>,
    /// `None`: 0 for everything but generated keys, which differ per run.
    pub(crate) seed: Option<u64>,
    pub(crate) speed: f64,
    pub(crate) start_time: Option<u64>,
    pub(crate) id_format: IdFormat,
    pub(crate) initial_status: InitialStatus,
    pub(crate) reference_policy: ReferencePolicy,
    pub(crate) report_progress: bool,
    pub(crate) rate_limits: bool,
    pub(crate) accept_any_key: bool,
    pub(crate) accept_unknown_models: bool,
    pub(crate) result_lifetime: Option<Duration>,
    pub(crate) allow_external_webhooks: bool,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) cors: bool,
    pub(crate) max_connections: usize,
    pub(crate) max_tasks: usize,
    pub(crate) accounts: Vec<Account>,
    pub(crate) faults: Vec<String>,
}

impl Config {
    /// The default speed, in multiples of the documented service's.
    pub(crate) const DEFAULT_SPEED: f64 = 10.0;

    /// Returns the seed of everything but generated keys.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    pub(crate) fn timing(&self) -> Timing {
        Timing {
            seed: self.seed(),
            speed: self.speed,
        }
    }

    /// Checks everything that can be rejected before a port is opened.
    pub(crate) fn validate(&self) -> Result<(), StartError> {
        if !(0.001..=1e6).contains(&self.speed) {
            return Err(StartError::setting(format!(
                "speed {} is out of range; expected 0.001 to 1000000",
                self.speed
            )));
        }
        if !(1..=16).contains(&self.files_hosts) {
            return Err(StartError::setting(format!(
                "{} file hosts; expected 1 to 16",
                self.files_hosts
            )));
        }
        if self.max_connections == 0 {
            return Err(StartError::setting("0 connections; expected at least 1"));
        }
        let mut ports: Vec<u16> = [Some(self.port), Some(self.files_port), self.admin_port]
            .into_iter()
            .flatten()
            .filter(|port| *port != 0)
            .collect();
        ports.sort_unstable();
        if let Some([port, _]) = ports.array_windows().find(|[one, next]| one == next) {
            return Err(StartError::setting(format!(
                "port {port} is used more than once; the API, files and admin ports must differ"
            )));
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            files_port: 0,
            files_hosts: 1,
            admin_port: None,
            seed: None,
            speed: Self::DEFAULT_SPEED,
            start_time: None,
            id_format: IdFormat::default(),
            initial_status: InitialStatus::default(),
            reference_policy: ReferencePolicy::default(),
            report_progress: true,
            rate_limits: true,
            accept_any_key: false,
            accept_unknown_models: false,
            result_lifetime: None,
            allow_external_webhooks: false,
            allowed_hosts: Vec::new(),
            cors: false,
            max_connections: 16_384,
            max_tasks: 1_000_000,
            accounts: Vec::new(),
            faults: Vec::new(),
        }
    }
}
