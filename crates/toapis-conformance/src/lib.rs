//! Tests a service against the ToAPIs contract, `openapi.yaml`.
//!
//! - The suite derives requests from the contract, sends them, and validates the responses. A new
//!   field or limit is tested as soon as openapi.yaml has it.
//! - The [proxy] validates live traffic between a client and a service without changing it.
//! - A [`Recording`] reads and writes HAR files, so a browser session can be validated afterwards.
//!
//! Creating a task costs money, so a [`Plan`] estimates what it creates before it sends anything,
//! and no create is sent unless [`Suite::max_tasks`] allows it.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use toapis_conformance::Suite;
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
//! | module | contents |
//! | --- | --- |
//! | `suite`, `plan` | configuration, cases in order, cost estimate |
//! | `cases` | derives the cases: examples, credentials, parameters, schemas, rules, uploads |
//! | `probe`, `sample` | changed bodies, valid or invalid by the contract; values for a schema |
//! | `runner`, `response` | sends the cases and validates the responses |
//! | `budget`, `links` | counts creates; follows OpenAPI links |
//! | `report` | the report as text, JSON, JUnit XML and SARIF |
//! | `proxy`, `har` | the validating proxy; HAR 1.2 |

mod budget;
mod case;
mod cases;
mod har;
mod links;
mod plan;
mod probe;
pub mod proxy;
mod report;
mod response;
mod runner;
mod sample;
mod suite;
mod tls;

pub use har::{HarError, Recording};
pub use plan::{CostEstimate, Plan};
pub use report::{
    CaseCategory, CaseReport, Coverage, Observed, Outcome, Report, RunError, RunErrorKind, Source,
    Summary,
};
pub use suite::{Suite, SuiteError};
