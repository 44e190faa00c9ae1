//! `toapis balance` and `toapis models`.

use crate::cli_error::Result;
use crate::client;
use crate::console::Console;
use crate::json_output::{BalanceDocument, ModelDocument, ModelsDocument};

/// Runs `toapis models`.
pub(crate) async fn models(console: Console, base_url: Option<&str>) -> Result<()> {
    let listed = client::from_env(base_url)?.list_models().await?;
    let models = listed.into_iter().map(|listed| ModelDocument {
        known: listed.model.is_known(),
        id: listed.model.to_string(),
    });
    console.print(
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

/// Runs `toapis balance`.
pub(crate) async fn balance(console: Console, base_url: Option<&str>, account: bool) -> Result<()> {
    let client = client::from_env(base_url)?;
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
    console.print(&document, |document| {
        let amount = |credits: Option<f64>, usd: Option<f64>| match (credits, usd) {
            (Some(credits), Some(usd)) => format!("{credits} credits, {usd} USD"),
            (Some(credits), None) => format!("{credits} credits"),
            (None, Some(usd)) => format!("{usd} USD"),
            (None, None) => "unknown".to_owned(),
        };
        let remaining = amount(document.remaining_credits, document.remaining_usd);
        vec![
            format!(
                "remaining: {}",
                if document.unlimited {
                    "unlimited"
                } else {
                    &remaining
                }
            ),
            format!("used: {}", amount(document.used_credits, document.used_usd)),
        ]
    })
}
