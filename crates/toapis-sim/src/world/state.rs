//! The whole state of the service behind one lock, and what changes it.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use super::{Entry, Failure, KeyPurse, KeyRef, Ledger, Purse, Task, Uploads};
use crate::{clock::Moment, pace::Timeline, picture::Format};

/// The tasks that are remembered; the oldest are forgotten beyond this. How long the service keeps them is unknown.
const TASKS: usize = 1_000_000;

/// Everything that a request may read or change.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) purses: Vec<Purse>,
    keys: HashMap<String, KeyRef>,
    tasks: Vec<Task>,
    by_id: HashMap<Arc<str>, u32>,
    by_business_id: HashMap<(u32, Box<str>), u32>,
    /// The task of a file, by the file's number.
    files: Vec<u32>,
    /// Tasks that have not been settled, the soonest to end first.
    due: BinaryHeap<Reverse<(Moment, u32)>>,
    pub(crate) uploads: Uploads,
    total: Entry,
}

/// What a create asked for, judged and priced.
pub(crate) struct NewTask {
    pub(crate) key: KeyRef,
    pub(crate) model: String,
    pub(crate) prompt: String,
    pub(crate) business_id: Option<String>,
    pub(crate) callback_url: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) failure: Option<Failure>,
    pub(crate) webhook_again: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) seed: u64,
    pub(crate) images: u32,
    pub(crate) credits: u64,
    pub(crate) format: Format,
    pub(crate) layers: bool,
}

/// What became of a create.
pub(crate) enum Accepted {
    /// It is the task at this place.
    Yes(u32),
    /// There are not enough credits.
    NoCredit,
    /// More tasks than one run remembers.
    Full,
}

impl State {
    pub(crate) fn new(purses: Vec<Purse>) -> Self {
        let mut keys = HashMap::new();
        for (account, purse) in (0..).zip(&purses) {
            for (key, entry) in (0..).zip(&purse.keys) {
                keys.insert(entry.text.clone(), KeyRef { account, key });
            }
        }
        Self {
            purses,
            keys,
            ..Self::default()
        }
    }

    pub(crate) fn key(&self, text: &str) -> Option<KeyRef> {
        self.keys.get(text).copied()
    }

    /// The key of the first account that has one.
    pub(crate) fn first_key(&self) -> Option<KeyRef> {
        let account = self
            .purses
            .iter()
            .position(|purse| !purse.keys.is_empty())?;
        Some(KeyRef {
            account: u32::try_from(account).ok()?,
            key: 0,
        })
    }

    pub(crate) fn key_purse(&self, key: KeyRef) -> Option<&KeyPurse> {
        self.purses
            .get(key.account as usize)?
            .keys
            .get(key.key as usize)
    }

    /// The only models that a key may use, if it may not use all.
    pub(crate) fn key_models(&self, key: KeyRef) -> Option<&[String]> {
        self.key_purse(key)?.models.as_deref()
    }

    pub(crate) fn purse(&mut self, key: KeyRef) -> Option<&mut Purse> {
        self.purses.get_mut(key.account as usize)
    }

    /// Writes the same line into the books of all and of a key.
    pub(crate) fn write(&mut self, key: Option<KeyRef>, line: impl Fn(&mut Entry)) {
        line(&mut self.total);
        let purse = key.and_then(|key| {
            self.purses
                .get_mut(key.account as usize)?
                .keys
                .get_mut(key.key as usize)
        });
        if let Some(purse) = purse {
            line(&mut purse.entry);
        }
    }

    /// The books; a key that never did anything has no line.
    pub(crate) fn ledger(&self) -> Ledger {
        let keys = self.purses.iter().flat_map(|purse| &purse.keys);
        let used = keys.filter(|key| key.entry != Entry::default());
        Ledger {
            total: self.total.clone(),
            keys: used
                .map(|key| (key.label.to_string(), key.entry.clone()))
                .collect(),
        }
    }

    pub(crate) fn next_ordinal(&self) -> u64 {
        self.tasks.len() as u64
    }

    /// Takes the credits and remembers the task, or does neither.
    pub(crate) fn accept(&mut self, new: NewTask, id: String, timeline: Timeline) -> Accepted {
        let (Ok(place), Ok(first_file)) = (
            u32::try_from(self.tasks.len()),
            u32::try_from(self.files.len()),
        ) else {
            return Accepted::Full;
        };
        if self.tasks.len() >= TASKS {
            return Accepted::Full;
        }
        let NewTask {
            key,
            credits,
            images,
            ..
        } = new;
        if !self
            .purse(key)
            .is_some_and(|purse| purse.take(key.key, credits))
        {
            return Accepted::NoCredit;
        }
        self.write(Some(key), |entry| {
            entry.accepted += 1;
            entry.images += u64::from(images);
            entry.billed += credits;
        });
        let id: Arc<str> = id.into();
        self.by_id.insert(Arc::clone(&id), place);
        if let Some(own) = &new.business_id {
            // What the service does with one that it has seen before is unknown; here the newest task answers to it.
            self.by_business_id
                .insert((key.account, own.as_str().into()), place);
        }
        self.files
            .extend(std::iter::repeat_n(place, images as usize));
        self.due.push(Reverse((timeline.finished, place)));
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
            webhook_again: new.webhook_again,
            width: new.width,
            height: new.height,
            seed: new.seed,
            first_file,
            images,
            credits,
            format: new.format,
            layers: new.layers,
            polls: 0,
            settled: false,
        });
        Accepted::Yes(place)
    }

    /// Writes the end of every task that has ended by now into the books, and gives back what failed ones cost.
    pub(crate) fn settle(&mut self, now: Moment) {
        while let Some(&Reverse((finished, place))) = self.due.peek()
            && finished <= now
        {
            self.due.pop();
            let Some(task) = self.tasks.get_mut(place as usize) else {
                continue;
            };
            task.settled = true;
            let (key, credits, failed) = (task.key, task.credits, task.failure.is_some());
            if failed && let Some(purse) = self.purse(key) {
                purse.give_back(key.key, credits);
            }
            self.write(Some(key), |entry| {
                if failed {
                    entry.failed += 1;
                    entry.refunded += credits;
                } else {
                    entry.completed += 1;
                }
            });
        }
    }

    pub(crate) fn task(&self, place: u32) -> Option<&Task> {
        self.tasks.get(place as usize)
    }

    pub(crate) fn task_mut(&mut self, place: u32) -> Option<&mut Task> {
        self.tasks.get_mut(place as usize)
    }

    /// The newest tasks first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().rev()
    }

    /// A task by its id, whoever's it is.
    pub(crate) fn task_by_id(&self, id: &str) -> Option<&Task> {
        self.task(*self.by_id.get(id)?)
    }

    /// A task of this account by its id.
    pub(crate) fn find(&self, account: u32, id: &str) -> Option<u32> {
        let place = *self.by_id.get(id)?;
        (self.task(place)?.key.account == account).then_some(place)
    }

    /// A task of this account by the id that its caller gave it.
    pub(crate) fn find_by_business_id(&self, account: u32, id: &str) -> Option<u32> {
        self.by_business_id.get(&(account, Box::from(id))).copied()
    }

    /// The place of the task that a file belongs to.
    pub(crate) fn task_of_file(&self, number: u32) -> Option<u32> {
        self.files.get(number as usize).copied()
    }

    /// The task that a file belongs to, and which of its pictures it is.
    pub(crate) fn file(&self, number: u32) -> Option<(&Task, u32)> {
        let task = self.task(self.task_of_file(number)?)?;
        Some((task, number - task.first_file))
    }
}
