//! `toapis balance` and `toapis models`: what belongs to the account and not to a task.

use crate::console::Console;
use crate::documents::{BalanceDocument, ModelDocument, ModelsDocument};
use crate::failure::Result;
use crate::service;

/// `toapis models`.
pub(crate) async fn models(console: Console, base_url: Option<&str>) -> Result<()> {
    let listed = service::client(base_url)?.list_models().await?;
    let models = listed.into_iter().map(|listed| ModelDocument {
        known: listed.model.is_known(),
        id: listed.model.to_string(),
    });
    console.answer(
        &ModelsDocument {
            models: models.collect(),
        },
        |document| {
            document
                .models
                .iter()
                .map(|model| model.id.clone())
                .collect()
        },
    )
}

/// `toapis balance`.
pub(crate) async fn balance(console: Console, base_url: Option<&str>, account: bool) -> Result<()> {
    let client = service::client(base_url)?;
    let balance = if account {
        client.account_balance().await?
    } else {
        client.balance().await?
    };
    let document = BalanceDocument {
        account,
        unlimited: balance.unlimited,
        remaining_usd: balance.remaining_usd,
        used_usd: balance.used_usd,
        remaining_credits: balance.remaining_credits,
        used_credits: balance.used_credits,
    };
    console.answer(&document, |document| {
        let amount = |credits: Option<f64>, usd: Option<f64>| match (credits, usd) {
            (Some(credits), Some(usd)) => format!("{credits} credits, {usd} USD"),
            (Some(credits), None) => format!("{credits} credits"),
            (None, Some(usd)) => format!("{usd} USD"),
            (None, None) => "not told".to_owned(),
        };
        let left = amount(document.remaining_credits, document.remaining_usd);
        vec![
            format!(
                "left: {}",
                if document.unlimited {
                    "without a limit"
                } else {
                    &left
                }
            ),
            format!("used: {}", amount(document.used_credits, document.used_usd)),
        ]
    })
}
