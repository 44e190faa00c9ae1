//! Upload: a file becomes a URL on the files' host.

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::json;

use super::{Answer, refusal::Refusal};
use crate::{
    clock::Moment,
    dice::{Purpose, dice, letters},
    world::{KeyRef, Upload, World},
};

/// Takes the file out of the form, looks at its first bytes, and keeps it.
pub(super) async fn upload(
    world: &World,
    key: KeyRef,
    headers: &HeaderMap,
    body: Bytes,
    now: Moment,
) -> Result<Answer, Refusal> {
    let file = file(headers, body).await?;
    if file.len() > world.facts.upload_bytes {
        return Err(Refusal::UploadTooLarge {
            most: world.facts.upload_bytes,
        });
    }
    let found = image::guess_format(&file).ok();
    let media_type = found.map(|format| format.to_mime_type()).filter(|found| {
        world
            .facts
            .upload_types
            .iter()
            .any(|allowed| allowed == found)
    });
    let (Some(format), Some(media_type)) = (found, media_type) else {
        return Err(wrong_type(world));
    };
    let extension = format.extensions_str().first().copied().unwrap_or("bin");
    let mut state = world.state();
    let mut rng = dice(world.settings.seed, Purpose::Upload, state.uploads.count());
    let token = letters(&mut rng, 8).to_ascii_lowercase();
    let name = format!(
        "{}/{}_{token}.{extension}",
        key.account + 1,
        world.clock.unix(now)
    );
    let size = file.len();
    state.uploads.keep(
        name.clone(),
        Upload {
            bytes: file,
            media_type: media_type.to_owned(),
        },
    );
    state.write(Some(key), |entry| entry.uploaded += 1);
    drop(state);
    let url = format!("{}/uploads/{name}", world.files_urls[0]);
    let data = json!({ "id": format!("upload_{token}"), "url": url, "mime_type": media_type, "size": size });
    Ok(Answer::json(
        StatusCode::OK,
        &json!({ "success": true, "message": "", "data": data }),
    ))
}

/// The file is none of the types that are taken.
pub(super) fn wrong_type(world: &World) -> Refusal {
    Refusal::UploadType {
        allowed: spoken(&world.facts.upload_types),
    }
}

/// The part of the form that is called `file`.
async fn file(headers: &HeaderMap, body: Bytes) -> Result<Bytes, Refusal> {
    let unreadable = |message: String| Refusal::UploadUnreadable { message };
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let boundary =
        multer::parse_boundary(content_type).map_err(|error| unreadable(error.to_string()))?;
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut form = multer::Multipart::new(whole, boundary);
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| unreadable(error.to_string()))?
    {
        if field.name() == Some("file") {
            return field
                .bytes()
                .await
                .map_err(|error| unreadable(error.to_string()));
        }
    }
    Err(unreadable("the form has no part called `file`".to_owned()))
}

/// Media types as the service's own message names them: `JPEG, PNG, WebP, GIF`.
fn spoken(media_types: &[String]) -> String {
    let names: Vec<String> = media_types
        .iter()
        .map(|name| match name.trim_start_matches("image/") {
            "webp" => "WebP".to_owned(),
            other => other.to_ascii_uppercase(),
        })
        .collect();
    names.join(", ")
}
