//! `toapis generate`: submits a prompt, waits and saves the images.

use std::io::Read;
use std::time::Duration;

use toapis::{BusinessId, Client, ImageRequest, Model, Reference, Size};

use crate::args::Generate;
use crate::cli_error::{CliError, Result};
use crate::client;
use crate::commands::wait::{WaitOptions, task_document, wait_and_save};
use crate::console::Console;
use crate::in_flight::InFlight;
use crate::json_output::TaskDocument;
use crate::output::Output;

/// Runs `toapis generate PROMPT`.
pub(crate) async fn generate(
    console: Console,
    in_flight: &InFlight,
    base_url: Option<&str>,
    args: &Generate,
) -> Result<()> {
    let request = build_request(args)?;
    let options = WaitOptions::from(&args.wait);
    if !args.sim {
        return submit_and_wait(
            console,
            in_flight,
            &client::from_env(base_url)?,
            request,
            args,
            options,
        )
        .await;
    }
    let (simulator, client) = client::simulated().await?;
    console.status(format!(
        "using a simulator at {}: no API key, no network, no cost",
        simulator.base_url()
    ));
    if args.wait.output.is_none() {
        console.status(
            "note: the URLs stop working when this command exits; save the image with `-o FILE`",
        );
    }
    // Polls of the own simulator are free.
    let options = WaitOptions {
        poll_interval: options.poll_interval.or(Some(Duration::ZERO)),
        ..options
    };
    let result = submit_and_wait(console, in_flight, &client, request, args, options).await;
    simulator.shutdown().await;
    result
}

async fn submit_and_wait(
    console: Console,
    in_flight: &InFlight,
    client: &Client,
    request: ImageRequest,
    args: &Generate,
    options: WaitOptions,
) -> Result<()> {
    // All local checks come before anything is sent.
    if !args.unchecked {
        client.images().prepare(request.clone())?;
    }
    let images = args
        .n
        .map_or(1, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let output = Output::check(&args.wait, images)?;

    let mut submit = client.images().submit(request);
    if args.unchecked {
        submit = submit.skip_validation();
    }
    if let Some(remaining) = options.remaining() {
        submit = submit.timeout(remaining);
    }
    if !args.sim {
        // Even if the process is killed from here on, this id finds the task.
        console.status(format!("business id {}", submit.business_id()));
    }
    in_flight.submitting(submit.business_id());
    let task = submit.await?;
    in_flight.task(task.id());
    if !args.no_wait {
        return wait_and_save(console, &task, options, output.as_ref(), args.sim).await;
    }
    let document = match task.initial_snapshot() {
        Some(snapshot) => task_document(snapshot),
        None => TaskDocument {
            id: task.id().to_string(),
            ..TaskDocument::default()
        },
    };
    console.print(&document, |document| vec![document.id.clone()])
}

fn build_request(args: &Generate) -> Result<ImageRequest> {
    let mut request = ImageRequest::new(read_prompt(&args.prompt)?);
    if let Some(model) = &args.model {
        request = request.model(Model::from(model.as_str()));
    }
    if let Some(size) = &args.size {
        request = request.size(Size::from(size.as_str()));
    }
    if let Some(resolution) = &args.resolution {
        request = request.resolution(resolution.as_str());
    }
    if let Some(n) = args.n {
        request = request.n(n);
    }
    for reference in &args.reference {
        // A file name has no scheme; the SDK explains why it rejects `data:` and other schemes.
        let is_url = reference.contains("://") || reference.starts_with("data:");
        request = request.reference(if is_url {
            Reference::url(reference)
        } else {
            Reference::path(reference)
        });
    }
    for field in &args.field {
        request = request.extra_field(&field.name, field.value.clone());
    }
    if let Some(id) = &args.business_id {
        request = request.business_id(BusinessId::new(id.as_str())?);
    }
    Ok(request)
}

/// More than any model accepts, so that an endless standard input cannot exhaust memory.
const MAX_PROMPT_BYTES: u64 = 1024 * 1024;

/// Returns the prompt, read from standard input for `-`.
fn read_prompt(argument: &str) -> Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(MAX_PROMPT_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| {
            CliError::usage("cannot read the prompt from standard input").caused_by(&error)
        })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
