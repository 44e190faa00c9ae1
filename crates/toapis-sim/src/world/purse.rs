//! What an account and its keys have left, and the buckets that slow them down.

use std::sync::Arc;

use super::{Bucket, Entry, Taken};
use crate::{
    account::{Account, Webhook},
    clock::Moment,
    facts::Group,
};

/// A key, by the places of its account and of itself in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyRef {
    pub(crate) account: u32,
    pub(crate) key: u32,
}

/// An account at work.
#[derive(Debug)]
pub(crate) struct Purse {
    pub(crate) name: String,
    /// `None` spends without end.
    credits: Option<u64>,
    used: u64,
    pub(crate) keys: Vec<KeyPurse>,
    pub(crate) submit: Bucket,
    pub(crate) query: Bucket,
}

/// A key at work.
#[derive(Debug)]
pub(crate) struct KeyPurse {
    pub(crate) text: String,
    /// Its name in the books.
    pub(crate) label: Arc<str>,
    pub(crate) entry: Entry,
    limit: Option<u64>,
    used: u64,
    pub(crate) models: Option<Vec<String>>,
    pub(crate) webhook: Option<Webhook>,
}

/// What is left and what was used; nothing left means there is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credit {
    pub(crate) left: Option<u64>,
    pub(crate) used: u64,
}

impl Purse {
    /// An account with its keys; the texts of keys without one come from `mint`.
    pub(crate) fn new(
        account: &Account,
        group: Group,
        now: Moment,
        mut mint: impl FnMut() -> String,
    ) -> Self {
        let keys = account
            .keys
            .iter()
            .enumerate()
            .map(|(place, key)| KeyPurse {
                text: key.text.clone().unwrap_or_else(&mut mint),
                label: format!("{}#{}", account.name, place + 1).into(),
                entry: Entry::default(),
                limit: key.limit,
                used: 0,
                models: key.models.clone(),
                webhook: key.webhook.clone(),
            });
        Self {
            keys: keys.collect(),
            name: account.name.clone(),
            credits: account.credits,
            used: 0,
            submit: Bucket::full(group.submit, now),
            query: Bucket::full(group.query, now),
        }
    }

    pub(crate) fn account_credit(&self) -> Credit {
        Credit {
            left: self
                .credits
                .map(|credits| credits.saturating_sub(self.used)),
            used: self.used,
        }
    }

    /// A key's own limit, where it has one, cannot promise more than its account has.
    pub(crate) fn key_credit(&self, key: u32) -> Credit {
        let account = self.account_credit();
        let Some(key) = self.keys.get(key as usize) else {
            return account;
        };
        let own = key.limit.map(|limit| limit.saturating_sub(key.used));
        let left = match (own, account.left) {
            (Some(own), Some(account)) => Some(own.min(account)),
            (own, account) => own.or(account),
        };
        Credit {
            left,
            used: key.used,
        }
    }

    /// Takes credits if there are as many.
    pub(crate) fn take(&mut self, key: u32, credits: u64) -> bool {
        if self.key_credit(key).left.is_some_and(|left| left < credits) {
            return false;
        }
        self.used += credits;
        if let Some(key) = self.keys.get_mut(key as usize) {
            key.used += credits;
        }
        true
    }

    pub(crate) fn give_back(&mut self, key: u32, credits: u64) {
        self.used = self.used.saturating_sub(credits);
        if let Some(key) = self.keys.get_mut(key as usize) {
            key.used = key.used.saturating_sub(credits);
        }
    }

    /// Sets what is left.
    pub(crate) fn set_credits(&mut self, credits: Option<u64>) {
        self.credits = credits.map(|credits| credits.saturating_add(self.used));
    }

    pub(crate) fn take_token(&mut self, category: Category, now: Moment) -> Taken {
        match category {
            Category::Submit => self.submit.take(now),
            Category::Query => self.query.take(now),
        }
    }
}

/// The two buckets of an account, by their names on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    Submit,
    Query,
}

impl Category {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Submit => "async_submit",
            Self::Query => "async_query",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        [Self::Submit, Self::Query]
            .into_iter()
            .find(|category| category.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use toapis_contract::Contract;

    use super::{Category, Purse, Taken};
    use crate::{Account, clock::Moment, facts::Facts};

    #[test]
    fn each_group_of_the_contract_has_its_own_two_buckets() {
        let contract = Contract::embedded();
        let facts = Facts::read(contract).unwrap();
        let groups = contract.document()["x-rate-limits"]["groups"]
            .as_object()
            .unwrap();
        assert_eq!(groups.len(), facts.groups.len());
        for (name, rates) in groups {
            let now = Moment::default();
            let mut purse = Purse::new(&Account::new("one"), facts.groups[name], now, String::new);
            for category in [Category::Submit, Category::Query] {
                let rate = |field: &str| {
                    rates[category.name()]
                        .get(field)
                        .and_then(Value::as_u64)
                        .unwrap()
                };
                let given = (0..100_000)
                    .take_while(|_| purse.take_token(category, now) == Taken::Yes)
                    .count();
                assert_eq!(given as u64, rate("burst"), "{name}");
                let Taken::No { per_minute, .. } = purse.take_token(category, now) else {
                    panic!("{name} gave one more")
                };
                assert_eq!(per_minute, rate("per_minute"));
            }
        }
    }
}
