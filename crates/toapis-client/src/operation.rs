//! An operation of the contract, without the types of its bodies.

/// An operation of the contract. [`OPERATIONS`](crate::operations::OPERATIONS) lists all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The `operationId`, for example `createImage`.
    pub id: &'static str,
    /// The name of the function of [`Client`](crate::Client), for example `create_image`.
    pub function: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template from the root of the host, for example
    /// `/v1/images/generations/{task_id}`.
    pub path: &'static str,
    /// The rate limit that counts this operation (`x-rate-limit`), if the contract documents one.
    pub rate_limit: Option<&'static str>,
    /// Whether sending the request twice has the same effect as sending it once
    /// (`x-safe-to-repeat`).
    pub is_idempotent: bool,
}

/// The HTTP methods that the contract uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}
