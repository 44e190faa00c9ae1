//! The balances and rate limits of accounts and their keys.

use std::{collections::HashMap, sync::Arc};

use toapis_openapi::extensions::RateLimitGroup;

use super::{Acquired, LedgerEntry, TokenBucket};
use crate::{
    account::{Account, Key, Webhook},
    clock::SimInstant,
    contract_data::ContractData,
    error::StartError,
    rng::{RngStream, alphanumeric, rng_for},
};

/// The indices of a key's account and of the key in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyRef {
    pub(crate) account: u32,
    pub(crate) key: u32,
}

/// The state of an account.
#[derive(Clone, Debug)]
pub(crate) struct AccountState {
    pub(crate) name: String,
    /// `None`: unlimited.
    credits: Option<u64>,
    used: u64,
    pub(crate) keys: Vec<KeyState>,
    pub(crate) submit: TokenBucket,
    pub(crate) query: TokenBucket,
}

/// The state of a key.
#[derive(Clone, Debug)]
pub(crate) struct KeyState {
    pub(crate) text: String,
    /// The key's name in the ledger.
    pub(crate) label: Arc<str>,
    pub(crate) entry: LedgerEntry,
    credit_limit: Option<u64>,
    used: u64,
    pub(crate) models: Option<Vec<String>>,
    pub(crate) webhook: Option<Webhook>,
}

/// The remaining credits (`None`: unlimited) and the used credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CreditBalance {
    pub(crate) remaining: Option<u64>,
    pub(crate) used: u64,
}

impl AccountState {
    /// Creates the state of all configured accounts. Keys without a text get a generated one.
    ///
    /// # Errors
    ///
    /// An unknown rate limit group, a key with invalid characters, or a duplicate key.
    pub(crate) fn from_config(
        accounts: &[Account],
        seed: u64,
        data: &ContractData,
        now: SimInstant,
    ) -> Result<Vec<Self>, StartError> {
        let mut generated = 0;
        let mut key_text = |key: &Key| {
            key.text.clone().unwrap_or_else(|| {
                generated += 1;
                let mut rng = rng_for(seed, RngStream::Key, generated);
                format!("sk-{}", alphanumeric(&mut rng, 48))
            })
        };
        let mut labels: HashMap<String, Arc<str>> = HashMap::new();
        let mut states = Vec::new();
        for account in accounts {
            let state = Self::new(
                account,
                find_group(data, &account.group)?,
                now,
                &mut key_text,
            );
            for key in &state.keys {
                if key.text.is_empty() || !key.text.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(StartError::setting(
                        "invalid key; expected visible ASCII characters without spaces",
                    ));
                }
                let label = Arc::clone(&key.label);
                if let Some(other) = labels.insert(key.text.clone(), label) {
                    return Err(StartError::setting(format!(
                        "the keys {other} and {} are the same",
                        key.label
                    )));
                }
            }
            states.push(state);
        }
        Ok(states)
    }

    fn new(
        account: &Account,
        group: RateLimitGroup,
        now: SimInstant,
        key_text: &mut impl FnMut(&Key) -> String,
    ) -> Self {
        let default_key = [Key::generated()];
        let keys = if account.keys.is_empty() {
            &default_key
        } else {
            account.keys.as_slice()
        };
        let keys = (1..).zip(keys).map(|(number, key)| KeyState {
            text: key_text(key),
            label: format!("{}#{number}", account.name).into(),
            entry: LedgerEntry::default(),
            credit_limit: key.credit_limit,
            used: 0,
            models: key.models.clone(),
            webhook: key.webhook.clone(),
        });
        Self {
            keys: keys.collect(),
            name: account.name.clone(),
            credits: account.credits,
            used: 0,
            submit: TokenBucket::full(group.async_submit, now),
            query: TokenBucket::full(group.async_query, now),
        }
    }

    pub(crate) fn balance(&self) -> CreditBalance {
        CreditBalance {
            remaining: self
                .credits
                .map(|credits| credits.saturating_sub(self.used)),
            used: self.used,
        }
    }

    /// Returns the balance of a key: the rest of its own limit, but at most the account's balance.
    pub(crate) fn key_balance(&self, key: u32) -> CreditBalance {
        let account = self.balance();
        let Some(key) = self.keys.get(key as usize) else {
            return account;
        };
        let own = key.credit_limit.map(|limit| limit.saturating_sub(key.used));
        let remaining = match (own, account.remaining) {
            (Some(own), Some(account)) => Some(own.min(account)),
            (own, account) => own.or(account),
        };
        CreditBalance {
            remaining,
            used: key.used,
        }
    }

    /// Charges credits to a key and its account. Returns false if the balance is too small.
    pub(crate) fn charge(&mut self, key: u32, credits: u64) -> bool {
        let remaining = self.key_balance(key).remaining;
        if remaining.is_some_and(|remaining| remaining < credits) {
            return false;
        }
        self.used += credits;
        if let Some(key) = self.keys.get_mut(key as usize) {
            key.used += credits;
        }
        true
    }

    pub(crate) fn refund(&mut self, key: u32, credits: u64) {
        self.used = self.used.saturating_sub(credits);
        if let Some(key) = self.keys.get_mut(key as usize) {
            key.used = key.used.saturating_sub(credits);
        }
    }

    /// Sets the remaining credits; `None`: unlimited.
    pub(crate) fn set_remaining(&mut self, credits: Option<u64>) {
        self.credits = credits.map(|credits| credits.saturating_add(self.used));
    }

    pub(crate) fn acquire_token(&mut self, category: RateCategory, now: SimInstant) -> Acquired {
        match category {
            RateCategory::Submit => self.submit.acquire(now),
            RateCategory::Query => self.query.acquire(now),
        }
    }
}

fn find_group(data: &ContractData, name: &str) -> Result<RateLimitGroup, StartError> {
    let groups = &data.rate_limits.groups;
    groups.get(name).copied().ok_or_else(|| {
        let known: Vec<&str> = groups.keys().map(String::as_str).collect();
        StartError::setting(format!(
            "unknown group `{name}`; expected one of {}",
            known.join(", ")
        ))
    })
}

/// A rate limit category of the contract. Each account has a token bucket per category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateCategory {
    Submit,
    Query,
}

impl RateCategory {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Submit => "async_submit",
            Self::Query => "async_query",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Submit, Self::Query]
            .into_iter()
            .find(|category| category.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use toapis_contract::Contract;

    use super::{AccountState, Acquired, RateCategory};
    use crate::{Account, clock::SimInstant, contract_data::ContractData};

    #[test]
    fn every_group_of_the_contract_has_its_own_rate_limits() {
        let data = ContractData::read(Contract::embedded()).unwrap();
        let now = SimInstant::default();
        for (name, group) in &data.rate_limits.groups {
            let accounts = [Account::new("one").group(name)];
            let mut accounts = AccountState::from_config(&accounts, 0, &data, now).unwrap();
            for (category, rate) in [
                (RateCategory::Submit, group.async_submit),
                (RateCategory::Query, group.async_query),
            ] {
                let burst = (0..100_000)
                    .take_while(|_| accounts[0].acquire_token(category, now) == Acquired::Yes)
                    .count();
                assert_eq!(burst, rate.burst as usize, "{name}");
                let Acquired::No { per_minute, .. } = accounts[0].acquire_token(category, now)
                else {
                    panic!("the burst of {name} is too large")
                };
                assert_eq!(per_minute, u64::from(rate.per_minute));
            }
        }
    }
}
