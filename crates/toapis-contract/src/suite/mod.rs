//! Runs a service through its contract: every operation, every example, every constraint just inside and just outside.
//!
//! The cases are derived from the contract, so a new field or a new limit is tested as soon as it stands in openapi.yaml. A
//! [`Plan`] lists them and says, before anything is sent, what it may cost: creating a task costs money, so nothing that
//! could create one runs unless tasks were allowed with [`Suite::max_tasks`].
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use toapis_contract::suite::Suite;
//!
//! let suite = Suite::new("http://127.0.0.1:8080", "sk-test")?.max_tasks(20);
//! let plan = suite.plan();
//! eprintln!("{}", plan.estimate_cost());
//! let report = plan.run(|case| eprintln!("{case}")).await;
//! println!("{report}");
//! assert!(report.passed());
//! # Ok(()) }
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `budget` | counts what was or may have been created, and stops further creates |
//! | `basics` | examples, models, keys, parameters, bodies that are none |
//! | `constraints` | each keyword of a body's schema, inside and outside |
//! | `probe` | makes a case of a changed body, once the contract agrees that it is legal or not |
//! | `rules` | each rule of `x-models`, inside and outside |
//! | `forms` | uploads |
//! | `follow` | `links`: what an answer leads to, to the end of a task and to its pictures |
//! | `run` | sends, waits, judges |
//! | `report`, `junit`, `sarif` | what is told, to whom |

mod basics;
mod budget;
mod case;
mod constraints;
mod follow;
mod forms;
mod junit;
mod plan;
mod probe;
mod report;
mod rules;
mod run;
mod sarif;
mod value;

pub use plan::{CostEstimate, Plan, Suite, SuiteError};
pub use report::{
    CaseReport, Coverage, Outcome, Report, RunError, RunErrorKind, Seen, Source, Summary, Topic,
};
