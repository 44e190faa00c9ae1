//! The balance of the account, and the models that it can use.

use std::fmt;
use std::future::{Ready, ready};
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::Value;
use toapis_client::operations::{GET_ACCOUNT_BALANCE, GET_KEY_BALANCE, LIST_MODELS};
use toapis_client::{Operation, types};

use crate::client::Client;
use crate::error::Error;
use crate::generated::limits::CREDITS_PER_USD;
use crate::generated::models::Model;
use crate::time::{deadline_after, from_unix};
use crate::transport::{Call, RawResponse, Request};

/// The balance of an API key or an account. Numbers that the service doesn't report are `None`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Balance {
    /// Remaining balance in US dollars. `None` if [`unlimited`](Self::unlimited), which the
    /// service reports as -1.
    pub remaining_usd: Option<f64>,
    /// Used amount in US dollars.
    pub used_usd: Option<f64>,
    /// Remaining credits.
    pub remaining_credits: Option<f64>,
    /// Used credits.
    pub used_credits: Option<f64>,
    /// Credits per US dollar.
    pub credits_per_usd: f64,
    /// The balance is unlimited.
    pub unlimited: bool,
    raw: Bytes,
}

impl Balance {
    fn read(typed: &types::Balance, response: &RawResponse) -> Option<Self> {
        // "Not found" is sent with status 200.
        if typed.success == Some(false)
            || (typed.remain_balance.is_none()
                && typed.remain_credits.is_none()
                && typed.unlimited_quota.is_none())
        {
            return None;
        }
        let unlimited = typed.unlimited_quota.unwrap_or(false);
        Some(Self {
            remaining_usd: typed.remain_balance.filter(|_| !unlimited),
            used_usd: typed.used_balance,
            remaining_credits: typed.remain_credits.filter(|_| !unlimited),
            used_credits: typed.used_credits,
            credits_per_usd: typed.credits_per_usd.unwrap_or(f64::from(CREDITS_PER_USD)),
            unlimited,
            raw: response.body.clone(),
        })
    }

    /// Returns the response body.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }
}

impl fmt::Debug for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Balance")
            .field("remaining_usd", &self.remaining_usd)
            .field("used_usd", &self.used_usd)
            .field("remaining_credits", &self.remaining_credits)
            .field("used_credits", &self.used_credits)
            .field("unlimited", &self.unlimited)
            .finish_non_exhaustive()
    }
}

/// A model that the service lists. A listed model can be unavailable at the moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The model, as used in a request.
    pub model: Model,
    /// Time at which the model was added.
    pub created: Option<SystemTime>,
    /// The vendor.
    pub owned_by: Option<String>,
    /// The types of endpoints that support it.
    pub endpoint_types: Vec<String>,
}

impl Client {
    /// Fetches the balance of this API key, which can have a limit of its own.
    ///
    /// # Errors
    ///
    /// Any error of the call, after its retries.
    pub async fn balance(&self) -> Result<Balance, Error> {
        let make = |api: &toapis_client::Client| ready(api.get_key_balance_request());
        self.fetch_resource(&GET_KEY_BALANCE, make, |balance, response| {
            Balance::read(&balance, response)
        })
        .await
    }

    /// Fetches the balance of the account that the API key belongs to.
    ///
    /// # Errors
    ///
    /// Same as [`balance`](Self::balance).
    pub async fn account_balance(&self) -> Result<Balance, Error> {
        let make = |api: &toapis_client::Client| ready(api.get_account_balance_request());
        self.fetch_resource(&GET_ACCOUNT_BALANCE, make, |balance, response| {
            Balance::read(&balance, response)
        })
        .await
    }

    /// Fetches the image models that the service lists for this API key. What this version knows
    /// of them is in [`Model`].
    ///
    /// # Errors
    ///
    /// Same as [`balance`](Self::balance).
    pub async fn list_models(&self) -> Result<Vec<ModelInfo>, Error> {
        // Without a type the service lists text models only.
        let make = |api: &toapis_client::Client| ready(api.list_models_request(Some("image")));
        let read = |list: types::ModelList, _: &RawResponse| {
            let listed = list.data?.into_iter().filter_map(|entry| {
                Some(ModelInfo {
                    model: Model::from(entry.id?),
                    created: entry.created.and_then(from_unix),
                    owned_by: entry.owned_by,
                    endpoint_types: entry.supported_endpoint_types.unwrap_or_default(),
                })
            });
            Some(listed.collect())
        };
        self.fetch_resource(&LIST_MODELS, make, read).await
    }

    async fn fetch_resource<T, R>(
        &self,
        operation: &'static Operation,
        build_request: impl Fn(&toapis_client::Client) -> Ready<Request>,
        read: impl Fn(T, &RawResponse) -> Option<R>,
    ) -> Result<R, Error>
    where
        T: serde::de::DeserializeOwned,
    {
        let transport = self.transport();
        let deadline = deadline_after(transport.retry.max_elapsed);
        let call = Call {
            operation,
            deadline,
            attempt_timeout: transport.attempt_timeout,
            build_request: || build_request(&transport.api),
        };
        Box::pin(transport.call(call, read)).await
    }
}

impl Balance {
    /// Returns the response as JSON, for fields that this version doesn't know.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::from_slice(&self.raw).unwrap_or_default()
    }
}
