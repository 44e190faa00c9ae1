//! Requests to the files' host.

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCEPT_RANGES, ALLOW, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
    },
    request::Parts,
};
use hyper::body::Incoming;

use crate::{
    api::{Answer, picture_url},
    clock::Moment,
    fault::{self, Action, Drawn},
    picture::Order,
    serve::{Handler, Out, Wire, deliver, is_broken, is_lost},
    world::{Outcome, Seen, Stage, Task, World},
};

/// Handles requests to a files port.
#[derive(Clone)]
pub(crate) struct FilesHost(pub(crate) Arc<World>);

/// A file that was found.
struct Found {
    file: Bytes,
    media_type: String,
}

impl Handler for FilesHost {
    async fn handle(&self, request: Request<Incoming>, wire: Wire) -> Response<Out> {
        let world = &*self.0;
        // A body has no business here, so it is not read: hyper closes the connection of a client that sends one.
        let (head, _) = request.into_parts();
        let now = world.clock.now();
        world.settle_and_find_key(None, now);
        let path = head.uri.path();
        let (task, owner) = world.owner(path).unzip();
        let faults = world.draw_faults(None, true, None, task, owner);
        let mut answer = self.answer(&head, path, now, &faults).await;
        let whole =
            head.method == Method::GET && answer.status == StatusCode::OK && !is_broken(&faults);
        if head.method == Method::HEAD {
            answer
                .headers
                .insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
            answer.body = Bytes::new();
        }
        world.state().write(owner, |entry| {
            entry.downloaded += u64::from(whole);
            entry.keys_leaked += u64::from(head.headers.contains_key(AUTHORIZATION));
        });
        world.write_down(Seen {
            port: "files",
            now,
            op: None,
            key: owner,
            task: task.map(|place| (place, false)),
            request_body: &[],
            request_violations: Vec::new(),
            status: (!is_lost(&faults)).then_some(answer.status),
            response_body: &[],
            response_violations: Vec::new(),
            faults: faults.iter().map(|fault| Arc::clone(&fault.rule)).collect(),
            head: &head,
        });
        deliver(answer, &faults, &wire).await
    }
}

impl FilesHost {
    async fn answer(&self, head: &Parts, path: &str, now: Moment, faults: &[Drawn]) -> Answer {
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return refuse(StatusCode::METHOD_NOT_ALLOWED);
        }
        for fault in faults {
            if let Action::Expire { status } = fault.action {
                return refuse(status);
            }
            if let Some(answer) = fault::stand_in(self.0.contract, &fault.action, None) {
                return answer;
            }
        }
        match self.find(path, now).await {
            Ok(found) => send(&found, &head.headers),
            Err(status) => refuse(status),
        }
    }

    async fn find(&self, path: &str, now: Moment) -> Result<Found, StatusCode> {
        let world = &*self.0;
        if let Some(upload) = world.upload(path) {
            return Ok(Found {
                file: upload.bytes,
                media_type: upload.media_type,
            });
        }
        let due = world.picture_number(path).and_then(|number| {
            let state = world.state();
            let (task, image) = state.file(number)?;
            let found = picture_url(world, task, image).ends_with(path);
            due(world, task, image, now).filter(|_| found)
        });
        let (file, media_type) = render(world, due.ok_or(StatusCode::NOT_FOUND)?).await;
        Ok(Found {
            file,
            media_type: media_type.to_owned(),
        })
    }
}

/// A picture of a task by the task's id, whoever's it is, with its media type.
pub(crate) async fn picture(world: &World, id: &str, image: u32) -> Option<(Bytes, &'static str)> {
    let due = {
        let state = world.state();
        let task = state.task_by_id(id).filter(|task| image < task.images)?;
        due(world, task, image, world.clock.now())?
    };
    Some(render(world, due).await)
}

/// The order of a picture and its references, if its task is completed and the picture still lives.
fn due(world: &World, task: &Task, image: u32, now: Moment) -> Option<(Order, Box<[Box<str>]>)> {
    let ready = task.stage(now) == Stage::Ended && task.outcome() == Outcome::Completed;
    // What an expired file answers is unknown; to be as if it had never been is the simulator's choice.
    if !ready || now >= task.timeline.finished + world.result_lifetime() {
        return None;
    }
    let order = Order::new(&*task.prompt, task.width, task.height)
        .model(&*task.model)
        .seed(task.seed.wrapping_add(u64::from(image)))
        .format(task.format);
    Some((order, task.references.clone()))
}

async fn render(
    world: &World,
    (order, references): (Order, Box<[Box<str>]>),
) -> (Bytes, &'static str) {
    let references = references.iter().map(|url| reference(world, url)).collect();
    let media_type = order.media_type();
    (
        world.pictures.get(order.references(references)).await,
        media_type,
    )
}

/// The bytes of a reference that was uploaded here; any other is never fetched, and shown as a blank card.
fn reference(world: &World, url: &str) -> Bytes {
    let path = world
        .files_urls
        .iter()
        .find_map(|host| url.strip_prefix(host.as_str()));
    path.and_then(|path| world.upload(path))
        .map(|upload| upload.bytes)
        .unwrap_or_default()
}

/// The file, or the part of it that was asked for.
fn send(found: &Found, headers: &HeaderMap) -> Answer {
    let length = found.file.len();
    let range = headers
        .get(RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| range(text, length));
    let mut answer = Answer {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: found.file.clone(),
    };
    match range {
        None => {}
        Some(Err(())) => {
            answer = refuse(StatusCode::RANGE_NOT_SATISFIABLE);
            answer
                .headers
                .insert(CONTENT_RANGE, text(format!("bytes */{length}")));
            return answer;
        }
        Some(Ok((from, to))) => {
            answer.status = StatusCode::PARTIAL_CONTENT;
            answer.body = found.file.slice(from..to);
            answer.headers.insert(
                CONTENT_RANGE,
                text(format!("bytes {from}-{}/{length}", to - 1)),
            );
        }
    }
    answer
        .headers
        .insert(CONTENT_TYPE, text(found.media_type.clone()));
    answer
        .headers
        .insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer
}

/// A single range of bytes, from where to where (exclusive); `None` for what may be ignored, an error for one outside.
fn range(text: &str, length: usize) -> Option<Result<(usize, usize), ()>> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    if from.is_empty() {
        let last: usize = to.parse().ok()?;
        return Some(if last == 0 {
            Err(())
        } else {
            Ok((length.saturating_sub(last), length))
        });
    }
    let from: usize = from.parse().ok()?;
    let to = if to.is_empty() {
        length
    } else {
        to.parse::<usize>().ok()?.saturating_add(1).min(length)
    };
    Some(if from < to { Ok((from, to)) } else { Err(()) })
}

fn refuse(status: StatusCode) -> Answer {
    let answer = Answer::new(
        status,
        "text/plain",
        status.canonical_reason().unwrap_or_default(),
    );
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.header(&ALLOW, HeaderValue::from_static("GET, HEAD"))
    } else {
        answer
    }
}

/// Header values made of numbers and of media types that were matched: always printable.
fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn a_range_is_cut_to_the_file_and_one_outside_is_refused() {
        assert_eq!(range("bytes=0-9", 100), Some(Ok((0, 10))));
        assert_eq!(range("bytes=90-", 100), Some(Ok((90, 100))));
        assert_eq!(range("bytes=-5", 100), Some(Ok((95, 100))));
        assert_eq!(range("bytes=50-900", 100), Some(Ok((50, 100))));
        assert_eq!(range("bytes=100-", 100), Some(Err(())));
        assert_eq!(range("bytes=9-3", 100), Some(Err(())));
        assert_eq!(range("bytes=0-1,4-5", 100), None);
        assert_eq!(range("lines=1-2", 100), None);
    }
}
