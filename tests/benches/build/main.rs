//! `cargo xtask bench build`: CPU time of a cold build of a small program that uses toapis, reqwest
//! directly, or async-openai.
//!
//! Each program is a package in a temporary directory with its own target directory, built once in
//! the dev profile. Crates are fetched first; the CPU time includes cargo and all its child
//! processes.

mod package;
#[path = "../common/table.rs"]
mod table;

use std::error::Error;

use package::{BuildCost, Package};
use table::Table;

const TOAPIS: Package = Package {
    name: "toapis",
    dependencies: r#"
toapis = { path = "{root}/crates/toapis" }
tokio = { version = "1", default-features = false, features = ["rt"] }
"#,
    program: r#"
use toapis::{Client, Error, ImageRequest};

async fn generate() -> Result<(), Error> {
    let client = Client::from_env()?;
    let task = client.images().submit(ImageRequest::new("A cat")).await?;
    let done = task.wait().await?;
    done.images()[0].save("cat.png").await?;
    Ok(())
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(generate()).unwrap();
}
"#,
};

/// The same TLS as the SDK's: rustls on ring, with the platform's roots.
const RAW: Package = Package {
    name: "reqwest + serde by hand",
    dependencies: r#"
reqwest = { version = "0.13.5", default-features = false, features = ["http2", "json", "rustls-no-provider", "charset", "system-proxy"] }
rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12", "logging"] }
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", default-features = false, features = ["rt", "time"] }
"#,
    program: r#"
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Request { model: String, prompt: String }

#[derive(Deserialize)]
struct Task { id: String, status: String, result: Option<Outcome> }

#[derive(Deserialize)]
struct Outcome { data: Vec<File> }

#[derive(Deserialize)]
struct File { url: String }

async fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let http = reqwest::Client::new();
    let tasks = "https://toapis.com/v1/images/generations";
    let request = Request { model: "nano-banana".into(), prompt: "A cat".into() };
    let mut task: Task = http.post(tasks).bearer_auth("sk").json(&request).send().await?.json().await?;
    while task.status != "completed" {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        task = http.get(format!("{tasks}/{}", task.id)).bearer_auth("sk").send().await?.json().await?;
    }
    let file = http.get(&task.result.unwrap().data[0].url).send().await?.bytes().await?;
    std::fs::write("cat.png", file)?;
    Ok(())
}

fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(generate()).unwrap();
}
"#,
};

const ASYNC_OPENAI: Package = Package {
    name: "async-openai 0.43, feature image",
    dependencies: r#"
async-openai = { version = "0.43", features = ["image"] }
tokio = { version = "1", default-features = false, features = ["rt"] }
"#,
    program: r#"
use async_openai::{Client, error::OpenAIError, types::images::CreateImageRequestArgs};

async fn generate() -> Result<(), OpenAIError> {
    let client = Client::new();
    let request = CreateImageRequestArgs::default().prompt("A cat").build()?;
    let response = client.images().generate(request).await?;
    response.save(".").await?;
    Ok(())
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(generate()).unwrap();
}
"#,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(["program uses", "crates", "CPU s", "toapis to it", "goal"]);
    let ours = TOAPIS.build()?;
    let raw = RAW.build()?;
    let peer = ASYNC_OPENAI.build()?;
    let mut row = |package: &Package, built: &BuildCost, goal: &str| {
        let ratio = ours.cpu.as_secs_f64() / built.cpu.as_secs_f64();
        table.row([
            package.name.to_owned(),
            built.crates.to_string(),
            format!("{:.1}", built.cpu.as_secs_f64()),
            format!("{ratio:.2}"),
            goal.to_owned(),
        ]);
    };
    row(&TOAPIS, &ours, "");
    row(&RAW, &raw, "at most 1.30");
    row(&ASYNC_OPENAI, &peer, "under 1");
    println!(
        "A cold `cargo build` of a program that generates one image, user plus system time.\n\n{table}"
    );
    Ok(())
}
