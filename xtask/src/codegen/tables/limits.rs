//! Hosts, uploads, references, rate limits, lifetimes, polling, webhooks and money.

use anyhow::{Context, Result, ensure};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::read::{number, numbers, root, small, source as source_of, text, texts};
use crate::codegen::located::Located as _;
use crate::codegen::source::Source;
use crate::contract::Contract;
use crate::pointer;

/// One constant each.
pub(super) fn source(contract: &Contract) -> Result<Source> {
    let parts = [
        hosts(contract).at("/servers", "servers")?,
        upload(root(contract, "x-upload")?).at("/x-upload", "x-upload")?,
        references(root(contract, "x-references")?).at("/x-references", "x-references")?,
        rate_limits(root(contract, "x-rate-limits")?).at("/x-rate-limits", "x-rate-limits")?,
        rate_headers(contract).at("/components/headers", "the headers of a rate limit")?,
        lifetime(contract).at("/x-lifetimes", "x-lifetimes")?,
        polling(contract).at("/x-polling", "x-polling")?,
        webhook(contract)?,
        rest(contract)?,
    ];
    let tokens = quote! {
        use std::time::Duration;

        use http::HeaderName;

        use crate::catalog::{Bucket, HostRow, Polling, RateGroup, RateHeaders, ReferenceLimits, Source, UploadLimits, Webhook};

        #(#parts)*
    };
    Source::new(
        "crates/toapis/src/generated/limits.rs",
        "hosts, limits and times.",
        tokens,
    )
}

fn hosts(contract: &Contract) -> Result<TokenStream> {
    let servers = root(contract, "servers")?
        .as_array()
        .context("not a list")?;
    let rows = servers
        .iter()
        .map(|server| {
            let (url, about) = (text(server, "url")?, text(server, "description")?);
            Ok(quote!(HostRow { url: #url, about: #about },))
        })
        .collect::<Result<TokenStream>>()?;
    Ok(quote! {
        /// The hosts of the API (`servers`), the default first.
        pub(crate) static HOSTS: &[HostRow] = &[#rows];
    })
}

fn upload(row: &Value) -> Result<TokenStream> {
    let (max, refused) = (
        number(row, "max_bytes")?,
        number(row, "refused_above_bytes")?,
    );
    ensure!(
        max <= refused,
        "a client may send {max} bytes (`max_bytes`), and the service refuses above {refused} (`refused_above_bytes`)"
    );
    let (types, source) = (texts(row, "media_types")?, source_of(row)?);
    Ok(quote! {
        /// What can be uploaded (`x-upload`).
        pub(crate) static UPLOAD: UploadLimits =
            UploadLimits { max_bytes: #max, refused_above_bytes: #refused, media_types: &[#(#types),*], source: #source };
    })
}

fn references(row: &Value) -> Result<TokenStream> {
    let (max, types, schemes) = (
        number(row, "max_bytes")?,
        texts(row, "media_types")?,
        texts(row, "schemes")?,
    );
    let source = source_of(row)?;
    Ok(quote! {
        /// What can be a reference (`x-references`).
        pub(crate) static REFERENCES: ReferenceLimits =
            ReferenceLimits { max_bytes: #max, media_types: &[#(#types),*], schemes: &[#(#schemes),*], source: #source };
    })
}

fn rate_limits(row: &Value) -> Result<TokenStream> {
    let read = |bucket: &Value, key: &str| {
        let (minute, burst, seconds) = (
            small(bucket, "per_minute")?,
            small(bucket, "burst")?,
            seconds(number(bucket, "burst_seconds")?),
        );
        ensure!(
            minute > 0 && burst > 0,
            "a bucket of nothing, `{key}`, lets nobody in: {bucket}"
        );
        anyhow::Ok(quote!(Bucket { per_minute: #minute, burst: #burst, burst_window: #seconds }))
    };
    let bucket = |name: &str, group: &Value, key: &str| {
        let place = pointer::join("/x-rate-limits/groups", name);
        let what = format!("x-rate-limits, `{name}`");
        let bucket = group
            .get(key)
            .with_context(|| format!("no bucket `{key}`"))
            .at(&place, &what)?;
        read(bucket, key).at(&pointer::join(&place, key), &what)
    };
    let groups = row
        .get("groups")
        .and_then(Value::as_object)
        .context("no `groups`")?;
    ensure!(
        groups.contains_key("default"),
        "no group `default`, which an account is in unless its owner says otherwise"
    );
    let rows = groups
        .iter()
        .map(|(name, group)| {
            let (submit, query) = (
                bucket(name, group, "async_submit")?,
                bucket(name, group, "async_query")?,
            );
            Ok(quote!(RateGroup { name: #name, submit: #submit, query: #query },))
        })
        .collect::<Result<TokenStream>>()?;
    Ok(quote! {
        /// The documented groups of accounts and their token buckets (`x-rate-limits`).
        pub(crate) static RATE_GROUPS: &[RateGroup] = &[#rows];
    })
}

/// The headers of a rate limit go by the names that they have in an answer.
fn rate_headers(contract: &Contract) -> Result<TokenStream> {
    let name = |component: &str| {
        let reference = format!("#/components/headers/{component}");
        header_name(contract.document(), &reference)
            .with_context(|| format!("no answer has a header that is `{reference}`"))
    };
    let names = [
        name("RateLimitCategory")?,
        name("RateLimitLimit")?,
        name("RateLimitRemaining")?,
    ];
    let doc = format!("What an answer says of a bucket: `{}`.", names.join("`, `"));
    let [category, limit, remaining] = names.map(header);
    let (category, limit, remaining) = (category?, limit?, remaining?);
    Ok(quote! {
        #[doc = #doc]
        pub(crate) static RATE_HEADERS: RateHeaders = RateHeaders { category: #category, limit: #limit, remaining: #remaining };
    })
}

/// The name under which the first answer has this header.
fn header_name<'v>(value: &'v Value, reference: &str) -> Option<&'v str> {
    match value {
        Value::Object(map) => {
            let named = map.get("headers").and_then(Value::as_object);
            let here = named.and_then(|headers| {
                headers
                    .iter()
                    .find(|(_, header)| header.get("$ref").is_some_and(|it| it == reference))
            });
            here.map(|(name, _)| name.as_str())
                .or_else(|| map.values().find_map(|inner| header_name(inner, reference)))
        }
        Value::Array(items) => items.iter().find_map(|item| header_name(item, reference)),
        _ => None,
    }
}

/// A header's name as a constant of Rust, which is in lower case and looked for in any.
fn header(name: &str) -> Result<TokenStream> {
    let known = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    ensure!(
        !name.is_empty() && name.chars().all(known),
        "`{name}` is no name of a header: letters, digits, `-` and `_`"
    );
    let name = name.to_ascii_lowercase();
    Ok(quote!(HeaderName::from_static(#name)))
}

fn lifetime(contract: &Contract) -> Result<TokenStream> {
    let result = seconds(small(root(contract, "x-lifetimes")?, "result_seconds")?.into());
    Ok(quote! {
        /// How long a result can be fetched (`x-lifetimes`).
        pub(crate) const RESULT_LIFETIME: Duration = #result;
    })
}

fn polling(contract: &Contract) -> Result<TokenStream> {
    let polling = root(contract, "x-polling")?;
    let pair = |key: &str| {
        let values = numbers(polling, key)?;
        let [from, to] = values.as_slice() else {
            anyhow::bail!("`{key}` is not two numbers")
        };
        ensure!(
            from <= to,
            "`{key}` is from the shorter to the longer, not {from} to {to}"
        );
        let (from, to) = (seconds(*from), seconds(*to));
        anyhow::Ok(quote!((#from, #to)))
    };
    let (interval, typical) = (pair("interval_seconds")?, pair("typical_seconds")?);
    let (first, long) = (
        seconds(number(polling, "first_after_seconds")?),
        seconds(number(polling, "long_seconds")?),
    );
    Ok(quote! {
        /// The service's advice on when to ask for a task, and how long tasks take (`x-polling`).
        pub(crate) static POLLING: Polling = Polling {
            first_after: #first,
            interval: #interval,
            typical: #typical,
            long: #long,
        };
    })
}

fn webhook(contract: &Contract) -> Result<TokenStream> {
    let row = webhook_row(contract.document())
        .context("no operation carries `x-webhook`, which crates/toapis/src/webhook reads")
        .at("/paths", "paths")?;
    webhook_of(row).context("x-webhook")
}

fn webhook_of(row: &Value) -> Result<TokenStream> {
    let (id, timestamp, signature) = (
        text(row, "id_header")?,
        text(row, "timestamp_header")?,
        text(row, "signature_header")?,
    );
    let (version, secret) = (text(row, "signature_version")?, small(row, "secret_bytes")?);
    let (tolerance, timeout) = (
        seconds(number(row, "tolerance_seconds")?),
        seconds(number(row, "timeout_seconds")?),
    );
    let retries = numbers(row, "retry_after_seconds")?
        .into_iter()
        .map(seconds);
    Ok(quote! {
        /// How webhooks are signed and delivered (`x-webhook`).
        pub(crate) static WEBHOOK: Webhook = Webhook {
            id_header: #id,
            timestamp_header: #timestamp,
            signature_header: #signature,
            signature_version: #version,
            secret_bytes: #secret,
            tolerance: #tolerance,
            timeout: #timeout,
            retry_after: &[#(#retries),*],
        };
    })
}

/// The first `x-webhook` of the document: it stands on an operation of a callback.
fn webhook_row(value: &Value) -> Option<&Value> {
    match value {
        Value::Object(map) => map
            .get("x-webhook")
            .or_else(|| map.values().find_map(webhook_row)),
        Value::Array(items) => items.iter().find_map(webhook_row),
        _ => None,
    }
}

fn rest(contract: &Contract) -> Result<TokenStream> {
    let credits = small(root(contract, "x-money")?, "credits_per_usd").context("x-money")?;
    let headers = texts(root(contract, "x-request-id-headers")?, "names")
        .and_then(|names| names.into_iter().map(header).collect::<Result<Vec<_>>>())
        .at("/x-request-id-headers", "x-request-id-headers")?;
    let count = headers.len();
    Ok(quote! {
        /// Credits that one US dollar buys (`x-money`).
        pub(crate) const CREDITS_PER_USD: u32 = #credits;

        /// Headers that may carry an id of the request (`x-request-id-headers`).
        pub(crate) static REQUEST_ID_HEADERS: [HeaderName; #count] = [#(#headers),*];
    })
}

/// A duration in the largest unit that it is a multiple of.
fn seconds(seconds: u64) -> TokenStream {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0 => quote!(Duration::ZERO),
        _ if hours * 3600 == seconds => quote!(Duration::from_hours(#hours)),
        _ if minutes * 60 == seconds => quote!(Duration::from_mins(#minutes)),
        _ => quote!(Duration::from_secs(#seconds)),
    }
}
