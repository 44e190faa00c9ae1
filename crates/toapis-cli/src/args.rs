//! Defines the command line: commands, flags and their values.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use serde_json::Value;

/// Generate images with the ToAPIs image API.
#[derive(Debug, Parser)]
#[command(name = "toapis", bin_name = "toapis", version, about, after_help = crate::exit_status::HELP)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print one JSON document on stdout instead of text (schemas: `toapis schema`).
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print only errors on stderr.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Base URL of the API [default: `TOAPIS_BASE_URL`, or else the service].
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Generate images from a prompt: submit, wait, save.
    Generate(Generate),
    /// Print the status of a task without waiting.
    Status(Status),
    /// Wait for an existing task and save its images.
    Wait(Wait),
    /// Upload local images to use as references and print their URLs.
    Upload(Upload),
    /// List the image models that the service offers.
    Models,
    /// Print the remaining and used balance.
    Balance(Balance),
    /// Run a local simulator of the API; needs no API key and costs nothing.
    Sim(Sim),
    /// Test a service against the contract: operations, examples and values at each limit.
    Contract(Contract),
    /// Print the JSON Schema of a `--json` document, or list the documents.
    Schema(Schema),
    /// Print a shell completion script.
    Completions {
        /// Shell to complete for.
        shell: Shell,
    },
    /// Print the manual page of `toapis` or of one command.
    Man {
        /// Command, such as `generate`.
        command: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Prompt; `-` reads it from standard input.
    pub(crate) prompt: String,
    /// Aspect ratio, such as 16:9, or another size that the model accepts.
    #[arg(long, value_name = "RATIO")]
    pub(crate) size: Option<String>,
    /// Model name or alias; an unknown name is sent unchanged.
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Resolution, such as 2K, if the model accepts one.
    #[arg(long, value_name = "NAME")]
    pub(crate) resolution: Option<String>,
    /// Number of images.
    #[arg(long, short, value_name = "N")]
    pub(crate) n: Option<u32>,
    /// Reference image, as a URL or a local file; can be repeated.
    #[arg(long, value_name = "URL_OR_FILE")]
    pub(crate) reference: Vec<String>,
    /// Another request field by its name in the API; VALUE is JSON, or else text; can be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) field: Vec<KeyValue>,
    /// Your own id for the task: the service stores it, and `status` and `wait` accept it.
    #[arg(long, value_name = "ID")]
    pub(crate) business_id: Option<String>,
    /// Use a simulator inside this process: no API key, no network, no cost.
    #[arg(long, conflicts_with = "base_url")]
    pub(crate) sim: bool,
    /// Print the task id and exit without waiting.
    #[arg(long, conflicts_with_all = ["output", "sim"])]
    pub(crate) no_wait: bool,
    /// Send the request even if it breaks a known rule of the model.
    #[arg(long)]
    pub(crate) unchecked: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Task id or business id.
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Task id or business id.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// Image files; identical content is uploaded once.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Flags of `generate` and `wait`.
#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// Output file or directory; several images become NAME-1, NAME-2, ... [default: print URLs].
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite existing files.
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
    /// Stop waiting after this time, such as 90, 5s or 10m; the task continues.
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub(crate) timeout: Option<Duration>,
    /// Time between polls, such as 5 or 500ms [default: adapted to how long tasks take].
    #[arg(long, value_name = "DURATION", value_parser = poll_interval)]
    pub(crate) poll_interval: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Sim {
    /// Port of the API; 0 selects a free port.
    #[arg(long, default_value_t = 4010)]
    pub(crate) port: u16,
    /// Port of the file host; 0 selects a free port.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) files_port: u16,
    /// Port of the inspector and the admin API; 0 selects a free port [default: not started].
    #[arg(long, value_name = "PORT")]
    pub(crate) admin_port: Option<u16>,
    /// Seed of ids, keys, durations and images [default: the same for all but the key].
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Factor by which tasks run faster than on the service.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Credits of the account [default: practically unlimited].
    #[arg(long)]
    pub(crate) credits: Option<u64>,
    /// Account group whose rate limits apply, such as vip.
    #[arg(long, value_name = "NAME", conflicts_with = "no_rate_limits")]
    pub(crate) group: Option<String>,
    /// Disable rate limits.
    #[arg(long)]
    pub(crate) no_rate_limits: bool,
    /// Accept any API key.
    #[arg(long)]
    pub(crate) accept_any_key: bool,
    /// Accept models that are not in the contract.
    #[arg(long)]
    pub(crate) accept_unknown_models: bool,
    /// Inject a fault, such as `create nth=1 => lose-answer`; can be repeated.
    #[arg(long, value_name = "RULE")]
    pub(crate) fault: Vec<String>,
    /// Read fault rules from a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Inject a named set of faults; can be repeated.
    #[arg(long, value_name = "NAME", value_parser = presets())]
    pub(crate) preset: Vec<String>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Contract {
    /// Base URL of the service, such as the one `toapis sim` prints; uses `TOAPIS_API_KEY`.
    #[arg(required = true)]
    pub(crate) url: Option<String>,
    /// Maximum number of tasks to create; a real service charges for each.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) max_tasks: u64,
    /// Time between polls of a task [default: as the contract recommends; shorter on loopback].
    #[arg(long, value_name = "DURATION", value_parser = poll_interval)]
    pub(crate) poll_interval: Option<Duration>,
    /// Time limit for one task [default: 2m].
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub(crate) timeout: Option<Duration>,
    /// Also write the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Also write the report as SARIF, with line numbers of openapi.yaml.
    #[arg(long, value_name = "FILE")]
    pub(crate) sarif: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<ContractCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContractCommand {
    /// Run a proxy that validates live traffic in both directions and forwards it unchanged.
    Proxy(Proxy),
}

#[derive(Debug, Args)]
pub(crate) struct Proxy {
    /// Base URL of the service behind the proxy.
    #[arg(long, value_name = "URL")]
    pub(crate) target: String,
    /// Loopback port to listen on; 0 selects a free port.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Record the traffic in this HAR file, without API keys.
    #[arg(long, value_name = "FILE")]
    pub(crate) har: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Balance {
    /// Print the balance of the account instead of the API key's.
    #[arg(long)]
    pub(crate) account: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Document, such as `task`.
    pub(crate) name: Option<String>,
}

/// Lists the simulator's fault presets as values of `--preset`.
fn presets() -> PossibleValuesParser {
    let known = toapis_sim::faults::presets().iter();
    PossibleValuesParser::new(
        known.map(|preset| PossibleValue::new(preset.name).help(preset.description)),
    )
}

/// `NAME=VALUE` of `--field`; the value is JSON if it parses as JSON, else text.
#[derive(Debug, Clone)]
pub(crate) struct KeyValue {
    pub(crate) name: String,
    pub(crate) value: Value,
}

impl FromStr for KeyValue {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
            }),
            _ => Err("expected NAME=VALUE"),
        }
    }
}

const MAX_TIMEOUT: Duration = Duration::from_hours(24);
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(100);
const MAX_POLL_INTERVAL: Duration = Duration::from_hours(1);

fn timeout(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_millis(1), MAX_TIMEOUT)
}

fn poll_interval(text: &str) -> Result<Duration, String> {
    duration(text, MIN_POLL_INTERVAL, MAX_POLL_INTERVAL)
}

/// Parses a duration such as `200ms`, `5s` or `10m`; a number without a unit is in seconds.
fn duration(text: &str, min: Duration, max: Duration) -> Result<Duration, String> {
    let parsed = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text)
            .map_err(|_| "expected a duration such as 200ms, 5s or 10m".to_owned())?,
    };
    if (min..=max).contains(&parsed) {
        return Ok(parsed);
    }
    let [min, max] = [min, max].map(humantime::format_duration);
    Err(format!("must be between {min} and {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_in_seconds() {
        for (text, expected) in [
            ("90", Ok(Duration::from_secs(90))),
            ("200ms", Ok(Duration::from_millis(200))),
            ("5s", Ok(Duration::from_secs(5))),
            ("10m", Ok(Duration::from_mins(10))),
            ("1h 30m", Ok(Duration::from_mins(90))),
            ("0", Err("must be between 1ms and 1day")),
            ("25h", Err("must be between 1ms and 1day")),
            ("18446744073709551615", Err("must be between 1ms and 1day")),
            ("-1", Err("expected a duration such as 200ms, 5s or 10m")),
            ("soon", Err("expected a duration such as 200ms, 5s or 10m")),
            ("", Err("expected a duration such as 200ms, 5s or 10m")),
        ] {
            assert_eq!(timeout(text), expected.map_err(str::to_owned), "{text}");
        }
        assert_eq!(
            poll_interval("50ms"),
            Err("must be between 100ms and 1h".to_owned())
        );
    }

    #[test]
    fn field_values_are_json_or_text() {
        for (text, expected) in [
            ("n=2", Some(("n", Value::from(2)))),
            ("quality=high", Some(("quality", Value::from("high")))),
            ("a=b=c", Some(("a", Value::from("b=c")))),
            ("=1", None),
            ("quality", None),
        ] {
            let parsed = text.parse::<KeyValue>().ok();
            let parsed = parsed
                .as_ref()
                .map(|field| (field.name.as_str(), field.value.clone()));
            assert_eq!(parsed, expected, "{text}");
        }
    }
}
