//! Requests per second, in turns, so that a busy machine slows all three.

use std::{error::Error, fs, time::Duration};

use crate::{
    alone,
    child::Role,
    load::{self, Request},
    prism::Prism,
    processor::processor,
    simulator::KEY,
    spread::Spread,
    table::Table,
};

/// One round is so long or so many requests, whichever comes first.
const ROUND: Duration = Duration::from_secs(2);
const REQUESTS: u32 = 50_000;
const ROUNDS: usize = 5;

struct Service {
    name: &'static str,
    url: String,
    process: u32,
    /// The id to ask for.
    id: String,
    /// Requests per second, and processor microseconds per request, of each round.
    rates: Vec<f64>,
    costs: Vec<f64>,
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let mut simulator = Role::start("simulator", &[])?;
    let url = simulator.line()?;
    let task = load::once(&url, Request::Create)?;
    let id = task["id"]
        .as_str()
        .ok_or("a create without an id")?
        .to_owned();
    // A finished task has the longest answer, and one that does not change.
    let done = finished(&url, &id)?;

    let folder = tempfile::tempdir()?;
    let files = ["create", "status"].map(|name| folder.path().join(name));
    fs::write(&files[0], task.to_string())?;
    fs::write(&files[1], done.to_string())?;
    let paths = files.each_ref().map(|file| file.to_string_lossy());
    let mut bare = Role::start("bare", &[&paths[0], &paths[1]])?;

    let mut services = vec![
        Service::new("bare axum handler", bare.line()?, bare.process(), &id),
        Service::new("simulator", url, simulator.process(), &id),
    ];
    let prism = Prism::start()?;
    if let Some(prism) = &prism {
        services.push(Service::new(
            "Prism's mock",
            prism.url.clone(),
            prism.process(),
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
            let ratio = Spread::of(ours.iter().zip(&service.rates).map(|(our, its)| our / its));
            let ratio = if service.name == "simulator" {
                String::new()
            } else {
                ratio.to_string()
            };
            table.row([
                name.to_owned(),
                service.name.to_owned(),
                format!("{:.0}", Spread::of(service.rates.drain(..))),
                format!("{:.1}", Spread::of(service.costs.drain(..)).median),
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

/// The answer of a task when it is completed.
fn finished(url: &str, id: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let client = toapis::Client::builder()
        .api_key(KEY)
        .base_url(url)
        .build()?;
    alone()?.block_on(client.task(id).wait().into_future())?;
    load::once(url, Request::Status(id))
}

impl Service {
    fn new(name: &'static str, url: String, process: u32, id: &str) -> Self {
        Self {
            name,
            url,
            process,
            id: id.to_owned(),
            rates: Vec::new(),
            costs: Vec::new(),
        }
    }

    /// The first one is not counted: it opens what has to be opened.
    fn round(&mut self, request: &str, first: bool) -> Result<(), Box<dyn Error>> {
        let request = match request {
            "create" => Request::Create,
            _ => Request::Status(&self.id),
        };
        let before = processor(self.process)?;
        let round = load::round(&self.url, request, REQUESTS, ROUND)?;
        let used = processor(self.process)?.saturating_sub(before);
        if !first {
            let answered = f64::from(round.answered);
            self.rates.push(answered / round.took.as_secs_f64());
            self.costs.push(used.as_secs_f64() * 1e6 / answered);
        }
        Ok(())
    }
}
