//! Hosts, uploads, references, rate limits, lifetimes, polling, webhooks and prices.

use anyhow::{Context, Result, ensure};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use toapis_openapi::extensions::{
    Bucket, Extension as _, Lifetimes, Money, Polling, RateLimits, ReferenceLimits,
    RequestIdHeaders, UploadLimits, Webhook,
};
use toapis_openapi::{operations, pointer};

use super::item;
use crate::error::{ResultExt as _, extension};
use crate::source::Source;

/// Generates one constant for each.
pub(super) fn source(contract: &Value) -> Result<Source> {
    let upload_limits = extension(UploadLimits::read(contract))?;
    let reference_limits = extension(ReferenceLimits::read(contract))?;
    let limits = extension(RateLimits::read(contract))?;
    let advice = extension(Polling::read(contract))?;
    let (webhook_pointer, delivery) = extension(Webhook::find_located(contract))?
        .context("no operation has `x-webhook`, which crates/toapis/src/webhook needs")
        .at("/paths", "paths")?;
    let parts = [
        hosts(contract).at("/servers", "servers")?,
        upload(&upload_limits).at(UploadLimits::POINTER, "x-upload")?,
        references(&reference_limits),
        rate_limits(&limits)?,
        rate_headers(contract).at("/components/headers", "the headers of a rate limit")?,
        lifetime(extension(Lifetimes::read(contract))?),
        polling(advice).at(Polling::POINTER, "x-polling")?,
        webhook(delivery),
        credits(extension(Money::read(contract))?),
        request_id_headers(&extension(RequestIdHeaders::read(contract))?)
            .at(RequestIdHeaders::POINTER, "x-request-id-headers")?,
    ];
    let tokens = quote! {
        use std::time::Duration;

        use http::HeaderName;

        use crate::catalog::{Bucket, HostRow, Polling, RateGroup, RateHeaders, ReferenceLimits, UploadLimits, Webhook};

        #(#parts)*
    };
    let items = [
        ("/servers", "HOSTS"),
        (UploadLimits::POINTER, "UPLOAD"),
        (ReferenceLimits::POINTER, "REFERENCES"),
        (RateLimits::POINTER, "RATE_GROUPS"),
        ("/components/headers/RateLimitCategory", "RATE_HEADERS"),
        ("/components/headers/RateLimitLimit", "RATE_HEADERS"),
        ("/components/headers/RateLimitRemaining", "RATE_HEADERS"),
        (Lifetimes::POINTER, "RESULT_LIFETIME"),
        (Polling::POINTER, "POLLING"),
        (&webhook_pointer, "WEBHOOK"),
        (Money::POINTER, "CREDITS_PER_USD"),
        (RequestIdHeaders::POINTER, "REQUEST_ID_HEADERS"),
    ];
    let items = items.map(|(at, name)| item(at, &format!("generated::limits::{name}")));
    let source = Source::new(
        "crates/toapis/src/generated/limits.rs",
        "hosts, limits and times.",
        tokens,
    )?;
    Ok(source.with_items(items))
}

fn hosts(contract: &Value) -> Result<TokenStream> {
    let rows = pointer::items(contract, "/servers")
        .iter()
        .map(|server| {
            let text = |key: &str| {
                let text = server.get(key).and_then(Value::as_str);
                text.with_context(|| format!("`{key}` is missing in {server}"))
            };
            let url = text("url")?;
            Ok(quote!(HostRow { url: #url },))
        })
        .collect::<Result<TokenStream>>()?;
    Ok(quote! {
        /// The hosts of the API (`servers`), the default first.
        pub(crate) static HOSTS: &[HostRow] = &[#rows];
    })
}

fn upload(row: &UploadLimits) -> Result<TokenStream> {
    let (max, refused) = (row.max_bytes, row.refused_above_bytes);
    ensure!(
        max <= refused,
        "a client may send {max} bytes (`max_bytes`), and the service refuses above {refused} (`refused_above_bytes`)"
    );
    Ok(quote! {
        /// The limits of uploads (`x-upload`).
        pub(crate) static UPLOAD: UploadLimits =
            UploadLimits { max_bytes: #max };
    })
}

fn references(row: &ReferenceLimits) -> TokenStream {
    let (max, types, schemes) = (row.max_bytes, &row.media_types, &row.schemes);
    quote! {
        /// The limits of reference images (`x-references`).
        pub(crate) static REFERENCES: ReferenceLimits =
            ReferenceLimits { max_bytes: #max, media_types: &[#(#types),*], schemes: &[#(#schemes),*] };
    }
}

fn rate_limits(limits: &RateLimits) -> Result<TokenStream> {
    let groups = pointer::join(RateLimits::POINTER, "groups");
    if !limits.groups.contains_key("default") {
        let error = anyhow::anyhow!(
            "no group `default`, which an account is in unless its owner says otherwise"
        );
        return Err(error).at(&groups, "x-rate-limits");
    }
    let rows = limits
        .groups
        .iter()
        .map(|(name, group)| {
            let bucket = |bucket: &Bucket, key: &str| {
                let at = pointer::join(&pointer::join(&groups, name), key);
                self::bucket(bucket).at(&at, &format!("x-rate-limits, `{name}`, `{key}`"))
            };
            let submit = bucket(&group.async_submit, "async_submit")?;
            let query = bucket(&group.async_query, "async_query")?;
            Ok(quote!(RateGroup { name: #name, submit: #submit, query: #query },))
        })
        .collect::<Result<TokenStream>>()?;
    Ok(quote! {
        /// The groups of accounts and their token buckets (`x-rate-limits`).
        pub(crate) static RATE_GROUPS: &[RateGroup] = &[#rows];
    })
}

fn bucket(bucket: &Bucket) -> Result<TokenStream> {
    let (minute, burst) = (bucket.per_minute, bucket.burst);
    ensure!(
        minute > 0 && burst > 0,
        "a bucket without tokens rejects every call: {bucket:?}"
    );
    Ok(quote!(Bucket { per_minute: #minute, burst: #burst }))
}

/// Generates the names that the headers of a rate limit have in responses.
fn rate_headers(contract: &Value) -> Result<TokenStream> {
    let name = |component: &str| {
        operations::header_name(contract, component)
            .with_context(|| format!("no response has the header component `{component}`"))
    };
    let names = [
        name("RateLimitCategory")?,
        name("RateLimitLimit")?,
        name("RateLimitRemaining")?,
    ];
    let doc = format!(
        "The rate limit headers of responses: `{}`.",
        names.join("`, `")
    );
    let [category, limit, remaining] = names.map(header);
    let (category, limit, remaining) = (category?, limit?, remaining?);
    Ok(quote! {
        #[doc = #doc]
        pub(crate) static RATE_HEADERS: RateHeaders = RateHeaders { category: #category, limit: #limit, remaining: #remaining };
    })
}

/// Returns a header name as a constant expression, which needs lower case.
fn header(name: &str) -> Result<TokenStream> {
    let is_known = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    ensure!(
        !name.is_empty() && name.chars().all(is_known),
        "`{name}` is not the name of a header: use letters, digits, `-` and `_`"
    );
    let name = name.to_ascii_lowercase();
    Ok(quote!(HeaderName::from_static(#name)))
}

fn lifetime(lifetimes: Lifetimes) -> TokenStream {
    let result = seconds(lifetimes.result_seconds);
    quote! {
        /// The lifetime of a result (`x-lifetimes`).
        pub(crate) const RESULT_LIFETIME: Duration = #result;
    }
}

fn polling(advice: Polling) -> Result<TokenStream> {
    let ranges = [
        ("interval_seconds", advice.interval_seconds),
        ("typical_seconds", advice.typical_seconds),
    ];
    for (key, [min, max]) in ranges {
        ensure!(min <= max, "`{key}`: {min} is greater than {max}");
    }
    let [min, max] = advice.typical_seconds.map(seconds);
    Ok(quote! {
        /// The typical duration of tasks (`x-polling`).
        pub(crate) static POLLING: Polling = Polling { typical: (#min, #max) };
    })
}

fn webhook(delivery: Webhook) -> TokenStream {
    let Webhook {
        id_header,
        timestamp_header,
        signature_header,
        signature_version,
        tolerance_seconds,
        ..
    } = delivery;
    let tolerance = seconds(tolerance_seconds);
    quote! {
        /// How webhooks are signed and delivered (`x-webhook`).
        pub(crate) static WEBHOOK: Webhook = Webhook {
            id_header: #id_header,
            timestamp_header: #timestamp_header,
            signature_header: #signature_header,
            signature_version: #signature_version,
            tolerance: #tolerance,
        };
    }
}

fn credits(money: Money) -> TokenStream {
    let credits = money.credits_per_usd;
    quote! {
        /// The credits for one US dollar (`x-money`).
        pub(crate) const CREDITS_PER_USD: u32 = #credits;
    }
}

fn request_id_headers(headers: &RequestIdHeaders) -> Result<TokenStream> {
    let names = headers.names.iter().map(|name| header(name));
    let names = names.collect::<Result<Vec<_>>>()?;
    let count = names.len();
    Ok(quote! {
        /// The headers that may carry a request id (`x-request-id-headers`).
        pub(crate) static REQUEST_ID_HEADERS: [HeaderName; #count] = [#(#names),*];
    })
}

/// Returns a duration in the largest unit that it is a multiple of.
fn seconds(seconds: u32) -> TokenStream {
    let seconds = u64::from(seconds);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0 => quote!(Duration::ZERO),
        _ if hours * 3600 == seconds => quote!(Duration::from_hours(#hours)),
        _ if minutes * 60 == seconds => quote!(Duration::from_mins(#minutes)),
        _ => quote!(Duration::from_secs(#seconds)),
    }
}
