//! Uploads: a multipart file becomes a URL on a file host.

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use imagesize::ImageType;
use serde_json::json;

use super::error::ApiError;
use crate::{
    clock::SimInstant,
    rng::{RngStream, alphanumeric, rng_for},
    server::BufferedResponse,
    state::{AppState, KeyRef, Upload},
};

/// Stores the file of a form. The content determines the media type, not the form.
pub(super) async fn upload(
    app: &AppState,
    key: KeyRef,
    headers: &HeaderMap,
    body: Bytes,
    now: SimInstant,
) -> Result<BufferedResponse, ApiError> {
    let file = read_file(headers, body).await?;
    let limit = app.contract_data.max_upload_bytes();
    if file.len() > limit {
        return Err(ApiError::UploadTooLarge { limit });
    }
    let (media_type, extension) = sniff(&file)
        .filter(|(media_type, _)| is_allowed(app, media_type))
        .ok_or_else(|| unsupported_type(app))?;
    let size = file.len();
    let (name, token) = {
        let mut store = app.store();
        let mut rng = rng_for(app.config.seed(), RngStream::Upload, store.uploads.count());
        let token = alphanumeric(&mut rng, 8).to_ascii_lowercase();
        let directory = key.account + 1;
        let name = format!("{directory}/{}_{token}.{extension}", app.clock.to_unix(now));
        store.uploads.insert(
            name.clone(),
            Upload {
                bytes: file,
                media_type: media_type.to_owned(),
            },
        );
        store.update_ledger(Some(key), |entry| entry.uploaded += 1);
        (name, token)
    };
    let data = json!({
        "id": format!("upload_{token}"),
        "url": format!("{}/uploads/{name}", app.urls.files[0]),
        "mime_type": media_type,
        "size": size,
    });
    Ok(BufferedResponse::json(
        StatusCode::OK,
        &json!({ "success": true, "message": "", "data": data }),
    ))
}

/// Returns the error of a file whose type is not allowed.
pub(super) fn unsupported_type(app: &AppState) -> ApiError {
    let names: Vec<String> = app
        .contract_data
        .uploads
        .media_types
        .iter()
        .map(|name| match name.trim_start_matches("image/") {
            "webp" => "WebP".to_owned(),
            other => other.to_ascii_uppercase(),
        })
        .collect();
    ApiError::UploadType {
        allowed: names.join(", "),
    }
}

fn is_allowed(app: &AppState, media_type: &str) -> bool {
    let allowed = &app.contract_data.uploads.media_types;
    allowed.iter().any(|own| own == media_type)
}

/// Returns the media type and the file extension of an image, by its first bytes.
fn sniff(file: &[u8]) -> Option<(&'static str, &'static str)> {
    // `imagesize` rejects input of less than 12 bytes, but the signature of a GIF has six.
    let mut head = [0; 32];
    let length = file.len().min(head.len());
    head[..length].copy_from_slice(&file[..length]);
    match imagesize::image_type(&head).ok()? {
        ImageType::Gif => Some(("image/gif", "gif")),
        ImageType::Jpeg => Some(("image/jpeg", "jpg")),
        ImageType::Png => Some(("image/png", "png")),
        ImageType::Webp => Some(("image/webp", "webp")),
        _ => None,
    }
}

/// Reads the part named `file` of a form.
async fn read_file(headers: &HeaderMap, body: Bytes) -> Result<Bytes, ApiError> {
    let unreadable = |error: multer::Error| ApiError::UploadUnreadable {
        message: error.to_string(),
    };
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(unreadable)?;
    let body = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut form = multer::Multipart::new(body, boundary);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.name() == Some("file") {
            return field.bytes().await.map_err(unreadable);
        }
    }
    Err(ApiError::UploadUnreadable {
        message: "the form has no part named `file`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::sniff;

    #[test_case(b"GIF89a", Some("image/gif"); "gif signature alone")]
    #[test_case(b"\xff\xd8\xff", Some("image/jpeg"); "jpeg signature alone")]
    #[test_case(b"\x89PNG\r\n\x1a\n", Some("image/png"); "png signature alone")]
    #[test_case(b"RIFF\0\0\0\0WEBP", Some("image/webp"); "webp signature alone")]
    #[test_case(b"<svg", None; "another format")]
    #[test_case(b"", None; "empty")]
    fn type_is_found_by_the_signature(file: &[u8], media_type: Option<&str>) {
        assert_eq!(sniff(file).map(|(name, _)| name), media_type);
    }
}
