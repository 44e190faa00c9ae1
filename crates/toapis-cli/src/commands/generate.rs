//! `toapis generate`: a prompt becomes a picture on disk.

use std::io::Read;
use std::time::Duration;

use serde_json::Value;
use toapis::{BusinessId, Client, ImageRequest, Model, Reference, Size};

use crate::args::Generate;
use crate::commands::waiting::{self, Patience};
use crate::console::Console;
use crate::documents::TaskDocument;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::interrupt::UnderWay;
use crate::output::Output;
use crate::service;

/// `toapis generate PROMPT`.
pub(crate) async fn generate(
    console: Console,
    under_way: &UnderWay,
    base_url: Option<&str>,
    args: &Generate,
) -> Result<()> {
    let request = request(args)?;
    let patience = Patience::of(&args.waiting);
    if !args.sim {
        return submit_and_wait(
            console,
            under_way,
            &service::client(base_url)?,
            request,
            args,
            patience,
        )
        .await;
    }
    let (simulator, client) = service::simulated().await?;
    console.say(format!(
        "simulated: a simulator inside this command draws it; no key, no network, no cost ({})",
        simulator.base_url()
    ));
    if args.waiting.output.is_none() {
        console.say("note: its URLs end with this command; keep the picture with -o FILE");
    }
    // A simulator is in no hurry to be spared.
    let patience = Patience {
        pause: patience.pause.or(Some(Duration::ZERO)),
        ..patience
    };
    let ended = submit_and_wait(console, under_way, &client, request, args, patience).await;
    simulator.shutdown().await;
    ended
}

async fn submit_and_wait(
    console: Console,
    under_way: &UnderWay,
    client: &Client,
    request: ImageRequest,
    args: &Generate,
    patience: Patience,
) -> Result<()> {
    // Whatever can be wrong on this side is found before anything is sent.
    if !args.unchecked {
        client.images().prepare(request.clone())?;
    }
    let pictures = args
        .n
        .map_or(1, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let output = Output::check(&args.waiting, pictures)?;

    let mut submit = client.images().submit(request);
    if args.unchecked {
        submit = submit.skip_validation();
    }
    if let Some(left) = patience.left() {
        submit = submit.timeout(left);
    }
    if !args.sim {
        // Whatever ends the command from here on, the task can be asked for.
        console.say(format!("business id {}", submit.business_id()));
    }
    under_way.submitting(submit.business_id());
    let task = submit.await?;
    under_way.task(task.id());
    if !args.no_wait {
        return waiting::wait(console, &task, patience, output.as_ref(), args.sim).await;
    }
    let document = match task.initial_snapshot() {
        Some(snapshot) => waiting::document(snapshot),
        None => TaskDocument {
            id: task.id().to_string(),
            ..TaskDocument::default()
        },
    };
    console.answer(&document, |document| vec![document.id.clone()])
}

fn request(args: &Generate) -> Result<ImageRequest> {
    let mut request = ImageRequest::new(prompt(&args.prompt)?);
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
        // A file name has no scheme; `data:` and the like are left to the SDK, which says why it refuses them.
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

/// More bytes than any model takes, and few enough to hold.
const LONGEST_PROMPT: u64 = 1024 * 1024;

/// The prompt, or standard input for `-`.
fn prompt(given: &str) -> Result<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST_PROMPT)
        .read_to_string(&mut text)
        .map_err(|error| {
            Failure::new(Exit::Usage, "cannot read the prompt from standard input")
                .caused_by(&error)
        })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// `NAME=VALUE` of `--field`: the value is JSON where it reads as such, and text where not.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    name: String,
    value: Value,
}

impl std::str::FromStr for Field {
    type Err = String;

    fn from_str(given: &str) -> std::result::Result<Self, String> {
        match given.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
            }),
            _ => Err("write it as NAME=VALUE".to_owned()),
        }
    }
}
