//! Uploads: each media type, a part that is missing, of another type, or too large.

use bytes::Bytes;
use serde_json::Value;

use super::{
    case::{Case, Expect},
    report::Topic,
};
use crate::{contract::Contract, media::Media, operation::Operation, pointer};

/// Between the parts; it occurs in none of them.
const BOUNDARY: &str = "toapis-contract-7c1f0b5e";

/// The `content-type` of every form that is written here.
pub(super) const CONTENT_TYPE: &str = "multipart/form-data; boundary=toapis-contract-7c1f0b5e";

/// A small picture of each media type.
const PICTURES: [(&str, &[u8]); 4] = [
    ("image/png", include_bytes!("../../assets/picture.png")),
    ("image/jpeg", include_bytes!("../../assets/picture.jpeg")),
    ("image/webp", include_bytes!("../../assets/picture.webp")),
    ("image/gif", include_bytes!("../../assets/picture.gif")),
];

pub(super) fn derive(contract: &Contract, cases: &mut Vec<Case>) {
    for operation in contract.operations() {
        if let Some(media) = form_media(operation) {
            form(contract, operation, media, cases);
        }
    }
}

/// A form that the operation takes, if it takes forms.
pub(super) fn legal(contract: &Contract, operation: &Operation) -> Option<Bytes> {
    let (file, allowed) = file_field(contract, form_media(operation)?)?;
    let (kind, bytes) = PICTURES
        .iter()
        .find(|(kind, _)| allowed.iter().any(|one| one == kind))?;
    Some(write(&[Part {
        field: &file,
        name: "picture",
        kind,
        bytes,
    }]))
}

fn form_media(operation: &Operation) -> Option<&Media> {
    let content = &operation.body.as_ref()?.content;
    content.iter().find(|media| media.form.is_some())
}

fn form(contract: &Contract, operation: &Operation, media: &Media, cases: &mut Vec<Case>) {
    let Some((file, allowed)) = file_field(contract, media) else {
        return;
    };
    let encoding = pointer::join(&format!("{}/encoding", media.pointer), &file);
    let case = |subject: &str, what: &str, parts: &[Part<'_>]| {
        Case::new(operation, Topic::Form, subject, what)
            .bytes(CONTENT_TYPE, write(parts))
            .about(&encoding)
    };
    let pictures = PICTURES
        .iter()
        .filter(|(kind, _)| allowed.iter().any(|one| one == kind));
    for (position, (kind, bytes)) in pictures.enumerate() {
        let name = format!("picture.{}", &kind["image/".len()..]);
        let part = Part {
            field: &file,
            name: &name,
            kind,
            bytes,
        };
        let mut taken = case(kind, "is taken", &[part]);
        // What an upload leads to costs money; once is enough.
        taken.follow = position == 0;
        cases.push(taken);
    }
    let refuse = |what: &str, parts: &[Part<'_>]| case(&file, what, parts).expect(Expect::Refused);
    let text = Part {
        field: &file,
        name: "note.txt",
        kind: "text/plain",
        bytes: b"A cat",
    };
    cases.push(refuse("that is no picture", &[text]));
    let disguised = Part {
        field: &file,
        name: "note.png",
        kind: "image/png",
        bytes: b"A cat",
    };
    // The contract cannot see into a file, but says that it is a picture.
    cases.push(refuse("that is a text called a picture", &[disguised]));
    cases.push(refuse(
        "that is missing",
        &[Part {
            field: "other",
            name: "",
            kind: "",
            bytes: b"x",
        }],
    ));
    if let Some(limit) = contract
        .resolve("/x-upload/refused_above_bytes")
        .and_then(Value::as_u64)
    {
        let mut large = PICTURES[0].1.to_vec();
        large.resize(
            usize::try_from(limit)
                .unwrap_or(usize::MAX)
                .saturating_add(1),
            0,
        );
        let part = Part {
            field: &file,
            name: "large.png",
            kind: "image/png",
            bytes: &large,
        };
        cases.push(
            refuse("that is a byte too large", &[part]).about("/x-upload/refused_above_bytes"),
        );
    }
}

/// The field of a form that holds bytes, and the media types it may have.
fn file_field(contract: &Contract, media: &Media) -> Option<(String, Vec<String>)> {
    let encoding = contract
        .resolve(&media.pointer)?
        .get("encoding")?
        .as_object()?;
    encoding.iter().find_map(|(name, rules)| {
        let list = rules.get("contentType")?.as_str()?;
        let kinds = list.split(',').map(|kind| kind.trim().to_owned()).collect();
        Some((name.clone(), kinds))
    })
}

/// One part of a form; without a file name it is a plain field.
struct Part<'p> {
    field: &'p str,
    name: &'p str,
    kind: &'p str,
    bytes: &'p [u8],
}

/// Writes a form by hand: the cases need forms that a library rightly refuses to write.
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
                part.name, part.kind
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
