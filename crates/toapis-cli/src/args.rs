//! The command line.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::commands::Field;

/// A prompt becomes a picture on disk.
#[derive(Debug, Parser)]
#[command(name = "toapis", bin_name = "toapis", version, about, after_help = crate::exit::HELP)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print one JSON document on stdout instead of lines (`toapis schema` has its schema).
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing on stderr but errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Where the API is; without it what `TOAPIS_BASE_URL` says, or else the service itself.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a picture: submit the prompt, wait, save.
    Generate(Generate),
    /// Tell the state of a task, without waiting.
    Status(Status),
    /// Wait for a task that was made before, and save its pictures.
    Wait(Wait),
    /// Upload pictures, to be used as references; print their URLs.
    Upload(Upload),
    /// List the image models that the service offers.
    Models,
    /// Tell what is left to spend.
    Balance(Balance),
    /// Run a local service that behaves like the API; it needs no key of yours and costs nothing.
    Sim(Sim),
    /// Run a service through its contract: every operation, every example, every limit just inside and just outside.
    Contract(Contract),
    /// Print the JSON Schema of what `--json` prints; without a name, the names.
    Schema(Schema),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, of the whole or of one command.
    Man {
        /// One command, such as `generate`.
        command: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// What is to be seen; `-` reads it from standard input.
    pub(crate) prompt: String,
    /// The ratio, such as 16:9, or what else the model takes.
    #[arg(long, value_name = "RATIO")]
    pub(crate) size: Option<String>,
    /// The model, by its name or an alias; one that this version does not know is sent as it is.
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// The resolution, such as 2K, where the model takes one.
    #[arg(long, value_name = "NAME")]
    pub(crate) resolution: Option<String>,
    /// How many pictures.
    #[arg(long, short, value_name = "N")]
    pub(crate) n: Option<u32>,
    /// A picture to start from, by its URL or as a local file; may be given many times.
    #[arg(long, value_name = "URL_OR_FILE")]
    pub(crate) reference: Vec<String>,
    /// Another field of the request, as the contract names it; VALUE is JSON, or else text; may be given many times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) field: Vec<Field>,
    /// Your own id of the task: stored by the service, and good for asking for the task later.
    #[arg(long, value_name = "ID")]
    pub(crate) business_id: Option<String>,
    /// Use a simulator inside this command: no key, no network, no cost.
    #[arg(long, conflicts_with = "base_url")]
    pub(crate) sim: bool,
    /// Print the id of the task and do not wait for it.
    #[arg(long, conflicts_with_all = ["output", "sim"])]
    pub(crate) no_wait: bool,
    /// Send it even if it breaks the rules that this version knows of the model: the service judges.
    #[arg(long)]
    pub(crate) unchecked: bool,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The task's id, or your own business id.
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// The task's id, or your own business id.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The pictures; each content is uploaded once.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// What `generate` and `wait` have in common.
#[derive(Debug, Args)]
pub(crate) struct Waiting {
    /// Where to save: a file (more pictures become NAME-1, NAME-2, ...) or a folder. Without it the URLs are printed.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that exist.
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
    /// Give up the waiting after so many seconds; the task goes on.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) deadline: Option<u64>,
    /// Look every so many seconds; without it the moments are chosen by how long such tasks take.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) poll: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Sim {
    /// The port of the API; 0 takes a free one.
    #[arg(long, default_value_t = 4010)]
    pub(crate) port: u16,
    /// The port of the files host; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) files_port: u16,
    /// Open the inspector and the switches of faults on this port; 0 takes a free one.
    #[arg(long, value_name = "PORT")]
    pub(crate) admin_port: Option<u16>,
    /// The same seed gives the same ids, times and pictures.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// How many times faster than the service a task runs.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// What the account has to spend; without it more than anyone needs.
    #[arg(long)]
    pub(crate) credits: Option<u64>,
    /// The rate limits of this group of accounts, such as vip.
    #[arg(long, value_name = "NAME", conflicts_with = "no_rate_limits")]
    pub(crate) group: Option<String>,
    /// No rate limits.
    #[arg(long)]
    pub(crate) no_rate_limits: bool,
    /// Take any key.
    #[arg(long)]
    pub(crate) any_key: bool,
    /// Take models that the contract does not know.
    #[arg(long)]
    pub(crate) any_model: bool,
    /// Let something go wrong, such as `create nth=1 => lose-answer`; may be given many times.
    #[arg(long, value_name = "RULE")]
    pub(crate) fault: Vec<String>,
    /// Rules for what goes wrong, from a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Rules for what goes wrong, by the name of a set.
    #[arg(long, value_name = "NAME", value_parser = presets())]
    pub(crate) preset: Vec<String>,
}

/// The names of the simulator's presets.
fn presets() -> PossibleValuesParser {
    let known = toapis_sim::faults::presets().iter();
    PossibleValuesParser::new(
        known.map(|preset| PossibleValue::new(preset.name).help(preset.description)),
    )
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Contract {
    /// The service, such as what `toapis sim` prints; the key is `TOAPIS_API_KEY`.
    #[arg(required = true)]
    pub(crate) url: Option<String>,
    /// How many tasks may be created, each of which a real service charges for.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) max_tasks: u64,
    /// Look at a task every so many seconds; without it as the contract advises, and more often on this machine.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) poll: Option<u64>,
    /// Give a task so many seconds to end; two minutes unless told.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) deadline: Option<u64>,
    /// Write the report as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the report as SARIF too, with the lines of openapi.yaml.
    #[arg(long, value_name = "FILE")]
    pub(crate) sarif: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<ContractCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContractCommand {
    /// Stand between a client and a service, judge what passes both ways, and change nothing.
    Proxy(Proxy),
}

#[derive(Debug, Args)]
pub(crate) struct Proxy {
    /// The service behind the proxy.
    #[arg(long, value_name = "URL")]
    pub(crate) target: String,
    /// The port to listen on, of this machine alone; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Keep what passed as HAR in this file, without keys.
    #[arg(long, value_name = "FILE")]
    pub(crate) har: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Balance {
    /// Of the whole account, not of this key alone.
    #[arg(long)]
    pub(crate) account: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// The document, such as `task`.
    pub(crate) name: Option<String>,
}
