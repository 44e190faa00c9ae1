//! The data behind the lock: accounts, tasks, files and uploads.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use super::{AccountState, KeyRef, KeyState, Ledger, LedgerEntry, Task, TaskFailure, Uploads};
use crate::{clock::SimInstant, images::ImageFormat, timing::Timeline};

/// Everything that a request may read or change.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) accounts: Vec<AccountState>,
    keys: HashMap<String, KeyRef>,
    tasks: Vec<Task>,
    by_id: HashMap<Arc<str>, u32>,
    by_business_id: HashMap<(u32, Box<str>), BusinessIdTasks>,
    /// The index of the task of each file.
    files: Vec<u32>,
    /// The tasks that have not ended, the earliest end first.
    running: BinaryHeap<Reverse<(SimInstant, u32)>>,
    pub(crate) uploads: Uploads,
    total: LedgerEntry,
    max_tasks: usize,
}

/// The tasks of an account with the same `client_business_id`.
#[derive(Clone, Copy, Debug)]
struct BusinessIdTasks {
    /// The index of the newest task.
    newest: u32,
    count: u32,
}

/// A validated create request with its price.
pub(crate) struct NewTask {
    pub(crate) key: KeyRef,
    pub(crate) model: String,
    pub(crate) prompt: String,
    pub(crate) business_id: Option<String>,
    pub(crate) callback_url: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) failure: Option<TaskFailure>,
    pub(crate) extra_deliveries: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) seed: u64,
    pub(crate) images: u32,
    pub(crate) credits: u64,
    pub(crate) format: ImageFormat,
    pub(crate) layers: bool,
}

/// The result of a create.
pub(crate) enum CreateOutcome {
    /// The index of the new task.
    Created(u32),
    InsufficientCredits,
    /// The run has reached the maximum number of tasks.
    CapacityExhausted,
}

impl Store {
    /// Creates a store that holds at most `max_tasks` tasks.
    pub(crate) fn new(accounts: Vec<AccountState>, max_tasks: usize) -> Self {
        let mut keys = HashMap::new();
        for (account, state) in (0..).zip(&accounts) {
            for (key, state) in (0..).zip(&state.keys) {
                keys.insert(state.text.clone(), KeyRef { account, key });
            }
        }
        Self {
            accounts,
            keys,
            max_tasks,
            ..Self::default()
        }
    }

    /// Finds a key by its text.
    pub(crate) fn find_key(&self, text: &str) -> Option<KeyRef> {
        self.keys.get(text).copied()
    }

    /// Returns the first key of the first account.
    pub(crate) fn first_key(&self) -> Option<KeyRef> {
        let first = KeyRef { account: 0, key: 0 };
        self.key(first).map(|_| first)
    }

    pub(crate) fn key(&self, key: KeyRef) -> Option<&KeyState> {
        self.accounts
            .get(key.account as usize)?
            .keys
            .get(key.key as usize)
    }

    /// Returns the models that a key is restricted to, or `None` if it may use all.
    pub(crate) fn key_models(&self, key: KeyRef) -> Option<&[String]> {
        self.key(key)?.models.as_deref()
    }

    pub(crate) fn account_mut(&mut self, key: KeyRef) -> Option<&mut AccountState> {
        self.accounts.get_mut(key.account as usize)
    }

    /// Updates the ledger entries of the total and of a key.
    pub(crate) fn update_ledger(&mut self, key: Option<KeyRef>, update: impl Fn(&mut LedgerEntry)) {
        update(&mut self.total);
        let key = key.and_then(|key| {
            self.accounts
                .get_mut(key.account as usize)?
                .keys
                .get_mut(key.key as usize)
        });
        if let Some(key) = key {
            update(&mut key.entry);
        }
    }

    /// Returns the ledger; unused keys have no entry.
    pub(crate) fn ledger(&self) -> Ledger {
        let keys = self.accounts.iter().flat_map(|account| &account.keys);
        let used = keys.filter(|key| key.entry != LedgerEntry::default());
        Ledger {
            total: self.total.clone(),
            keys: used
                .map(|key| (key.label.to_string(), key.entry.clone()))
                .collect(),
        }
    }

    pub(crate) fn next_task_ordinal(&self) -> u64 {
        self.tasks.len() as u64
    }

    /// Charges the credits and adds the task, or does neither.
    pub(crate) fn create(&mut self, new: NewTask, id: String, timeline: Timeline) -> CreateOutcome {
        let (Ok(index), Ok(first_file)) = (
            u32::try_from(self.tasks.len()),
            u32::try_from(self.files.len()),
        ) else {
            return CreateOutcome::CapacityExhausted;
        };
        if self.tasks.len() >= self.max_tasks {
            return CreateOutcome::CapacityExhausted;
        }
        let NewTask {
            key,
            credits,
            images,
            ..
        } = new;
        if !self
            .account_mut(key)
            .is_some_and(|account| account.charge(key.key, credits))
        {
            return CreateOutcome::InsufficientCredits;
        }
        let has_business_id = new.business_id.is_some();
        let is_repeated = new
            .business_id
            .as_deref()
            .is_some_and(|id| self.add_business_id(key.account, id, index));
        self.update_ledger(Some(key), |entry| {
            entry.accepted += 1;
            entry.business_ids += u64::from(has_business_id && !is_repeated);
            entry.repeated_business_ids += u64::from(is_repeated);
            entry.images += u64::from(images);
            entry.billed += credits;
        });
        let id: Arc<str> = id.into();
        self.by_id.insert(Arc::clone(&id), index);
        self.files
            .extend(std::iter::repeat_n(index, images as usize));
        self.running.push(Reverse((timeline.finished, index)));
        self.tasks.push(Task {
            id,
            key,
            model: new.model.into(),
            prompt: new.prompt.into(),
            business_id: new.business_id.map(Into::into),
            callback_url: new.callback_url.map(Into::into),
            references: new.references.into_iter().map(Into::into).collect(),
            timeline,
            failure: new.failure.map(Box::new),
            extra_deliveries: new.extra_deliveries,
            width: new.width,
            height: new.height,
            seed: new.seed,
            first_file,
            images,
            credits,
            format: new.format,
            layers: new.layers,
            polls: 0,
        });
        CreateOutcome::Created(index)
    }

    /// Adds a task to those with the same `client_business_id`. Returns true if it is repeated.
    ///
    /// What the service does with a repeated id is unknown; here it finds the newest task.
    fn add_business_id(&mut self, account: u32, id: &str, task: u32) -> bool {
        let tasks = self
            .by_business_id
            .entry((account, id.into()))
            .or_insert(BusinessIdTasks {
                newest: task,
                count: 0,
            });
        tasks.newest = task;
        tasks.count += 1;
        tasks.count > 1
    }

    /// Returns the number of tasks of all accounts with this `client_business_id`.
    pub(crate) fn count_by_business_id(&self, id: &str) -> u64 {
        (0..)
            .zip(&self.accounts)
            .filter_map(|(account, _)| self.by_business_id.get(&(account, Box::from(id))))
            .map(|tasks| u64::from(tasks.count))
            .sum()
    }

    /// Records every task that has ended by now in the ledger and refunds failed ones.
    pub(crate) fn apply_completions(&mut self, now: SimInstant) {
        while let Some(&Reverse((finished, index))) = self.running.peek()
            && finished <= now
        {
            self.running.pop();
            let Some(task) = self.task(index) else {
                continue;
            };
            let (key, credits, failed) = (task.key, task.credits, task.failure.is_some());
            if failed && let Some(account) = self.account_mut(key) {
                account.refund(key.key, credits);
            }
            self.update_ledger(Some(key), |entry| {
                if failed {
                    entry.failed += 1;
                    entry.refunded += credits;
                } else {
                    entry.completed += 1;
                }
            });
        }
    }

    pub(crate) fn task(&self, index: u32) -> Option<&Task> {
        self.tasks.get(index as usize)
    }

    pub(crate) fn task_mut(&mut self, index: u32) -> Option<&mut Task> {
        self.tasks.get_mut(index as usize)
    }

    /// Returns all tasks, newest first.
    pub(crate) fn newest_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().rev()
    }

    /// Returns the tasks after task number `after` with their numbers, oldest first. Numbers begin
    /// at 1.
    pub(crate) fn tasks_after(&self, after: usize) -> impl Iterator<Item = (usize, &Task)> {
        self.tasks
            .iter()
            .enumerate()
            .skip(after)
            .map(|(index, task)| (index + 1, task))
    }

    /// Finds a task of any account by its id.
    pub(crate) fn task_by_id(&self, id: &str) -> Option<&Task> {
        self.task(*self.by_id.get(id)?)
    }

    /// Finds a task of this account by its id.
    pub(crate) fn find_task(&self, account: u32, id: &str) -> Option<u32> {
        let index = *self.by_id.get(id)?;
        (self.task(index)?.key.account == account).then_some(index)
    }

    /// Finds a task of this account by its `client_business_id`.
    pub(crate) fn find_by_business_id(&self, account: u32, id: &str) -> Option<u32> {
        let tasks = self.by_business_id.get(&(account, Box::from(id)))?;
        Some(tasks.newest)
    }

    /// Returns the index of the task that a file belongs to.
    pub(crate) fn task_of_file(&self, file: u32) -> Option<u32> {
        self.files.get(file as usize).copied()
    }

    /// Returns the task that a file belongs to, and the index of the image in the task.
    pub(crate) fn file(&self, file: u32) -> Option<(&Task, u32)> {
        let task = self.task(self.task_of_file(file)?)?;
        Some((task, file - task.first_file))
    }
}
