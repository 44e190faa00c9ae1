//! What the contract says of an operation beside the types of its bodies.

/// An operation of the contract. The list of all is [`OPERATIONS`](crate::operations::OPERATIONS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its `operationId`, for example `createImage`.
    pub id: &'static str,
    /// The name of its function on [`Client`](crate::Client), for example `create_image`.
    pub function: &'static str,
    /// Its HTTP method.
    pub method: Method,
    /// Its path template from the root of the host, for example `/v1/images/generations/{task_id}`.
    pub path: &'static str,
    /// The token bucket that a call is counted against (`x-rate-limit`), if the contract documents one.
    pub rate_limit: Option<&'static str>,
    /// Whether sending it twice does no harm (`x-safe-to-repeat`).
    pub safe_to_repeat: bool,
}

/// The methods that the contract uses.
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
