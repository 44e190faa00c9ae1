//! Requests per second, in alternating rounds, so that load on the machine slows all services
//! alike.

use std::{error::Error, fs, time::Duration};

use crate::{
    child::RoleProcess,
    client_runtime,
    load::{self, Request},
    prism::Prism,
    processor::process_cpu,
    simulator::KEY,
    spread::Spread,
    table::Table,
};

/// A round ends after this time or this number of requests, whichever is first.
const ROUND: Duration = Duration::from_secs(2);
const REQUESTS: u32 = 50_000;
const ROUNDS: usize = 5;

struct Service {
    name: &'static str,
    url: String,
    process_id: u32,
    /// The ID of the task to poll.
    id: String,
    /// Requests per second, and CPU microseconds per request, of each round.
    rates: Vec<f64>,
    costs: Vec<f64>,
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let mut simulator = RoleProcess::start("simulator", &[])?;
    let url = simulator.read_line()?;
    let task = load::send_one(&url, Request::Create)?;
    let id = task["id"]
        .as_str()
        .ok_or("a create without an id")?
        .to_owned();
    // A completed task has the longest response, and it does not change.
    let done = completed_response(&url, &id)?;

    let directory = tempfile::tempdir()?;
    let files = ["create", "status"].map(|name| directory.path().join(name));
    fs::write(&files[0], task.to_string())?;
    fs::write(&files[1], done.to_string())?;
    let paths = files.each_ref().map(|file| file.to_string_lossy());
    let mut bare = RoleProcess::start("bare", &[&paths[0], &paths[1]])?;

    let mut services = vec![
        Service::new(
            "bare axum handler",
            bare.read_line()?,
            bare.process_id(),
            &id,
        ),
        Service::new("simulator", url, simulator.process_id(), &id),
    ];
    let prism = Prism::start()?;
    if let Some(prism) = &prism {
        services.push(Service::new(
            "Prism's mock",
            prism.url.clone(),
            prism.process_id(),
            &id,
        ));
    }

    let mut table = Table::new([
        "request",
        "service",
        "requests a second",
        "CPU µs a request",
        "simulator to it",
    ]);
    for name in ["create", "status"] {
        for number in 0..=ROUNDS {
            eprintln!("{name}, round {number} of {ROUNDS} ...");
            for service in &mut services {
                service.round(name, number == 0)?;
            }
        }
        let ours = services[1].rates.clone();
        for service in &mut services {
            let ratio =
                Spread::from_samples(ours.iter().zip(&service.rates).map(|(our, its)| our / its));
            let ratio = if service.name == "simulator" {
                String::new()
            } else {
                ratio.to_string()
            };
            table.row([
                name.to_owned(),
                service.name.to_owned(),
                format!("{:.0}", Spread::from_samples(service.rates.drain(..))),
                format!(
                    "{:.1}",
                    Spread::from_samples(service.costs.drain(..)).median
                ),
                ratio,
            ]);
        }
    }
    println!(
        "{ROUNDS} rounds of at most {} s alternating, 32 connections, one thread of load: median (minimum to maximum). The simulator validates every request and response. Goals: 20 times Prism's mock, half of the bare handler.\n\n{table}",
        ROUND.as_secs()
    );
    Ok(())
}

/// Returns the status response of a task after it completes.
fn completed_response(url: &str, id: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let client = toapis::Client::builder()
        .api_key(KEY)
        .base_url(url)
        .build()?;
    client_runtime()?.block_on(client.task(id).wait().into_future())?;
    load::send_one(url, Request::Status(id))
}

impl Service {
    fn new(name: &'static str, url: String, process_id: u32, id: &str) -> Self {
        Self {
            name,
            url,
            process_id,
            id: id.to_owned(),
            rates: Vec::new(),
            costs: Vec::new(),
        }
    }

    /// Measures a round. The first one only opens connections and is not counted.
    fn round(&mut self, request: &str, first: bool) -> Result<(), Box<dyn Error>> {
        let request = match request {
            "create" => Request::Create,
            _ => Request::Status(&self.id),
        };
        let before = process_cpu(self.process_id)?;
        let round = load::round(&self.url, request, REQUESTS, ROUND)?;
        let used = process_cpu(self.process_id)?.saturating_sub(before);
        if !first {
            let responses = f64::from(round.responses);
            self.rates.push(responses / round.elapsed.as_secs_f64());
            self.costs.push(used.as_secs_f64() * 1e6 / responses);
        }
        Ok(())
    }
}
