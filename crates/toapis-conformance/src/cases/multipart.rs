//! Uploads: each media type, and parts that are missing, of another type, or too large.

use bytes::Bytes;
use toapis_contract::{Contract, MediaType, Operation};
use toapis_openapi::{
    extensions::{Extension, UploadLimits},
    pointer,
};

use crate::{
    case::{Case, Expect},
    report::CaseCategory,
};

/// Boundary of every form; it occurs in none of the parts.
const BOUNDARY: &str = "toapis-conformance-7c1f0b5e";

/// The `content-type` of every form.
pub(super) const CONTENT_TYPE: &str = "multipart/form-data; boundary=toapis-conformance-7c1f0b5e";

/// Pointer of the upload limit, in bytes.
const UPLOAD_LIMIT: &str = "#/x-upload/refused_above_bytes";

/// A small image of each media type.
const IMAGES: [(&str, &[u8]); 4] = [
    ("image/png", include_bytes!("../../assets/image.png")),
    ("image/jpeg", include_bytes!("../../assets/image.jpeg")),
    ("image/webp", include_bytes!("../../assets/image.webp")),
    ("image/gif", include_bytes!("../../assets/image.gif")),
];

/// Derives the cases of every operation that accepts a form.
pub(crate) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for operation in contract.operations() {
        if let Some(media) = form_media(operation) {
            derive_form(contract, operation, media, cases);
        }
    }
}

/// Returns a valid form, if the operation accepts forms.
pub(super) fn valid_form(contract: &Contract, operation: &Operation) -> Option<Bytes> {
    let (file, allowed) = file_field(contract, form_media(operation)?)?;
    let (media_type, bytes) = IMAGES
        .iter()
        .find(|(media_type, _)| allowed.iter().any(|one| one == media_type))?;
    Some(write(&[Part {
        field: &file,
        name: "image",
        media_type,
        bytes,
    }]))
}

fn form_media(operation: &Operation) -> Option<&MediaType> {
    let content = operation.request_body()?.content();
    content.iter().find(|media| media.is_form())
}

fn derive_form(
    contract: &Contract,
    operation: &Operation,
    media: &MediaType,
    cases: &mut Vec<Case>,
) {
    let Some((file, allowed)) = file_field(contract, media) else {
        return;
    };
    let encoding = pointer::join(&format!("{}/encoding", media.pointer()), &file);
    let case = |subject: &str, variant: &str, parts: &[Part<'_>]| {
        Case::new(operation, CaseCategory::Multipart, subject, variant)
            .with_body(CONTENT_TYPE, write(parts))
            .with_pointer(&encoding)
    };
    let images = IMAGES
        .iter()
        .filter(|(media_type, _)| allowed.iter().any(|one| one == media_type));
    for (position, (media_type, bytes)) in images.enumerate() {
        let name = format!("image.{}", &media_type["image/".len()..]);
        let part = Part {
            field: &file,
            name: &name,
            media_type,
            bytes,
        };
        let mut accepted = case(media_type, "is accepted", &[part]);
        // The link of an upload is a create, which costs money; one is enough.
        accepted.follow = position == 0;
        cases.push(accepted);
    }
    let reject = |variant: &str, parts: &[Part<'_>]| {
        case(&file, variant, parts).with_expect(Expect::Rejected)
    };
    let text = Part {
        field: &file,
        name: "note.txt",
        media_type: "text/plain",
        bytes: b"A cat",
    };
    cases.push(reject("is text", &[text]));
    let disguised = Part {
        field: &file,
        name: "note.png",
        media_type: "image/png",
        bytes: b"A cat",
    };
    // The schema does not describe the bytes, but the contract says that they are an image.
    cases.push(reject("is text with an image media type", &[disguised]));
    let other = Part {
        field: "other",
        name: "",
        media_type: "",
        bytes: b"x",
    };
    cases.push(reject("is missing", &[other]));
    let limits = UploadLimits::find(contract.document()).ok().flatten();
    let limit = limits.and_then(|limits| usize::try_from(limits.refused_above_bytes).ok());
    if let Some(limit) = limit {
        let mut large = IMAGES[0].1.to_vec();
        large.resize(limit.saturating_add(1), 0);
        let part = Part {
            field: &file,
            name: "large.png",
            media_type: "image/png",
            bytes: &large,
        };
        cases.push(reject("is one byte too large", &[part]).with_pointer(UPLOAD_LIMIT));
    }
}

/// Returns the form's binary field and its allowed media types.
fn file_field(contract: &Contract, media: &MediaType) -> Option<(String, Vec<String>)> {
    let encoding = contract
        .resolve(&media.pointer())?
        .get("encoding")?
        .as_object()?;
    encoding.iter().find_map(|(name, rules)| {
        let list = rules.get("contentType")?.as_str()?;
        let media_types = list.split(',').map(|one| one.trim().to_owned()).collect();
        Some((name.clone(), media_types))
    })
}

/// One part of a form; without a file name it is a plain field.
struct Part<'p> {
    field: &'p str,
    name: &'p str,
    media_type: &'p str,
    bytes: &'p [u8],
}

/// Writes a form by hand: the cases need forms that a library refuses to write.
fn write(parts: &[Part<'_>]) -> Bytes {
    let mut body = Vec::new();
    for part in parts {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"",
            part.field
        );
        body.extend_from_slice(head.as_bytes());
        if !part.name.is_empty() {
            let file = format!(
                "; filename=\"{}\"\r\nContent-Type: {}",
                part.name, part.media_type
            );
            body.extend_from_slice(file.as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(part.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Bytes::from(body)
}
