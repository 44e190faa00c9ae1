//! The life of a row under all orders of events, judged by a service that counts what it was sent.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use toapis_batch::{Effect, InvalidEvent, RowEvent, RowState, RowStatus, Transition, step};

type Step = fn(&RowState, RowEvent) -> Result<Transition, InvalidEvent>;

/// What one of two processes, the service or a person does.
#[derive(Debug, Clone)]
enum Action {
    /// A process records an intent; the acknowledgement of the commit may be lost, and then it
    /// tries the same commit again.
    Reserve {
        process: usize,
        lost: bool,
    },
    /// A process sends under an intent that it holds.
    Send {
        process: usize,
        response: Response,
    },
    /// A process handles the oldest response that it got.
    Handle {
        process: usize,
    },
    /// A process is killed: its memory and the responses under way are gone.
    Crash {
        process: usize,
    },
    /// Anyone looks the task of the current attempt up; a host may not support that.
    LookUp {
        supported: bool,
    },
    /// A webhook, or a late look-up, reports any task that was ever made.
    Webhook {
        index: usize,
    },
    Poll {
        completed: bool,
    },
    Save,
    Expire,
    Resend,
    Drop,
    Retry,
}

/// What the service does with a create.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Response {
    Accepted,
    AcceptedAndLost,
    NotCreated,
    NotCreatedAndLost,
    Refused,
}

fn action() -> impl Strategy<Value = Action> {
    let process = 0..2usize;
    let response = prop_oneof![
        Just(Response::Accepted),
        Just(Response::AcceptedAndLost),
        Just(Response::NotCreated),
        Just(Response::NotCreatedAndLost),
        Just(Response::Refused),
    ];
    prop_oneof![
        4 => (process.clone(), any::<bool>()).prop_map(|(process, lost)| Action::Reserve { process, lost }),
        4 => (process.clone(), response).prop_map(|(process, response)| Action::Send { process, response }),
        4 => process.clone().prop_map(|process| Action::Handle { process }),
        1 => process.prop_map(|process| Action::Crash { process }),
        2 => any::<bool>().prop_map(|supported| Action::LookUp { supported }),
        1 => (0..8usize).prop_map(|index| Action::Webhook { index }),
        2 => any::<bool>().prop_map(|completed| Action::Poll { completed }),
        1 => Just(Action::Save),
        1 => Just(Action::Expire),
        1 => Just(Action::Resend),
        1 => Just(Action::Drop),
        1 => Just(Action::Retry),
    ]
}

/// A process: what it holds in memory, and the responses on their way to it.
#[derive(Default)]
struct Process {
    /// Numbers of intents with the attempt that each was recorded for.
    intents: BTreeMap<u64, u32>,
    responses: Vec<(u64, u32, Option<RowEvent>)>,
}

/// The row in the store, two processes, and the service with its books.
struct World {
    step: Step,
    row: RowState,
    processes: [Process; 2],
    next_number: u64,
    /// The books: sends by intent, tasks by attempt.
    sends: BTreeMap<u64, u32>,
    tasks: BTreeMap<u32, Vec<String>>,
    /// Tasks that were reported to the store, and those that it recorded besides the row's own.
    reported: BTreeSet<String>,
    archived: BTreeSet<String>,
    /// How often a person, or an option, asked for another attempt.
    permissions: u32,
    reserved: i32,
    spent: i32,
}

impl World {
    fn new(step: Step) -> Self {
        Self {
            step,
            row: RowState::new(),
            processes: Default::default(),
            next_number: 0,
            sends: BTreeMap::new(),
            tasks: BTreeMap::new(),
            reported: BTreeSet::new(),
            archived: BTreeSet::new(),
            permissions: 0,
            reserved: 0,
            spent: 0,
        }
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Applies an event as the store does: the new state and its consequences in one commit.
    /// Returns the effect.
    fn apply(&mut self, event: RowEvent) -> Option<Effect> {
        let transition = (self.step)(&self.row, event).ok()?;
        if transition.state.task != self.row.task {
            // The store's log keeps the task of an attempt that is over.
            self.archived.extend(self.row.task.clone());
        }
        self.row = transition.state;
        self.reserved += i32::from(transition.credits.reserved);
        self.spent += i32::from(transition.credits.spent);
        if let Some(Effect::RecordExtraTask { task, .. }) = &transition.effect {
            self.archived.insert(task.clone());
        }
        transition.effect
    }

    fn report(&mut self, attempt: u32, task: String) {
        self.reported.insert(task.clone());
        self.apply(RowEvent::Accepted { attempt, task });
    }

    fn act(&mut self, action: &Action) {
        match *action {
            Action::Reserve { process, lost } => {
                let intent = self.number();
                let mut effect = self.apply(RowEvent::Reserve { intent });
                if lost && effect.is_some() {
                    effect = self.apply(RowEvent::Reserve { intent });
                }
                if effect == Some(Effect::Send { intent }) {
                    let attempt = self.row.attempt;
                    self.processes[process].intents.insert(intent, attempt);
                }
            }
            Action::Send { process, response } => self.send(process, response),
            Action::Handle { process } => {
                if self.processes[process].responses.is_empty() {
                    return;
                }
                match self.processes[process].responses.remove(0) {
                    (_, _, Some(RowEvent::Accepted { attempt, task })) => {
                        self.report(attempt, task);
                    }
                    (_, _, Some(event)) => drop(self.apply(event)),
                    // The response was lost: it looks the task up and does not find it yet.
                    (_, attempt, None) => drop(self.apply(RowEvent::NotFound { attempt })),
                }
            }
            Action::Crash { process } => self.processes[process] = Process::default(),
            Action::LookUp { supported } => {
                let attempt = self.row.attempt;
                let found = self
                    .tasks
                    .get(&attempt)
                    .and_then(|tasks| tasks.last())
                    .cloned();
                match found.filter(|_| supported) {
                    Some(task) => self.report(attempt, task),
                    None => drop(self.apply(RowEvent::NotFound { attempt })),
                }
            }
            Action::Webhook { index } => {
                let all = self.tasks.iter().flat_map(|(attempt, tasks)| {
                    tasks.iter().map(move |task| (*attempt, task.clone()))
                });
                let made: Vec<(u32, String)> = all.collect();
                if let Some((attempt, task)) = made.get(index).cloned() {
                    self.report(attempt, task);
                }
            }
            Action::Poll { completed: true } => drop(self.apply(RowEvent::TaskCompleted)),
            Action::Poll { completed: false } => drop(self.apply(RowEvent::TaskFailed)),
            Action::Save => drop(self.apply(RowEvent::Saved)),
            Action::Expire => drop(self.apply(RowEvent::Expired)),
            Action::Drop => drop(self.apply(RowEvent::Drop)),
            Action::Resend => self.permit(RowEvent::Resend),
            Action::Retry => self.permit(RowEvent::Retry),
        }
    }

    fn permit(&mut self, event: RowEvent) {
        let before = self.row.attempt;
        self.apply(event);
        self.permissions += self.row.attempt - before;
    }

    /// Sends under the newest intent in a process's memory, which is gone from there then. It does
    /// not look at the store again: the process may have slept while others looked the row up and a
    /// person decided.
    fn send(&mut self, process: usize, response: Response) {
        let Some((intent, attempt)) = self.processes[process].intents.pop_last() else {
            return;
        };
        *self.sends.entry(intent).or_default() += 1;
        let event = match response {
            Response::Accepted | Response::AcceptedAndLost => {
                let task = format!("task-{}", self.number());
                self.tasks.entry(attempt).or_default().push(task.clone());
                (response == Response::Accepted).then_some(RowEvent::Accepted { attempt, task })
            }
            Response::NotCreated => Some(RowEvent::NotCreated { intent }),
            Response::NotCreatedAndLost => None,
            Response::Refused => Some(RowEvent::Refused { intent }),
        };
        self.processes[process]
            .responses
            .push((intent, attempt, event));
    }

    /// Compares the service's ledger with the store, without knowledge of the rules.
    fn judge(&self) -> Result<(), String> {
        if let Some((intent, count)) = self.sends.iter().find(|(_, count)| **count > 1) {
            return Err(format!("{count} sends under intent {intent}"));
        }
        if let Some((attempt, tasks)) = self.tasks.iter().find(|(_, tasks)| tasks.len() > 1) {
            return Err(format!("{} tasks of attempt {attempt}", tasks.len()));
        }
        let tasks: usize = self.tasks.values().map(Vec::len).sum();
        if tasks > 1 + self.permissions as usize {
            return Err(format!(
                "{tasks} tasks after {} permissions",
                self.permissions
            ));
        }
        for task in &self.reported {
            if self.row.task.as_ref() != Some(task) && !self.archived.contains(task) {
                return Err(format!("{task} was reported and is lost"));
            }
        }
        let has_task = self.row.task.is_some();
        let says_task = matches!(
            self.row.status,
            RowStatus::Running
                | RowStatus::Completed
                | RowStatus::Done
                | RowStatus::Failed
                | RowStatus::Expired
        );
        if has_task != says_task {
            return Err(format!(
                "{:?} with task {:?}",
                self.row.status, self.row.task
            ));
        }
        if self.reserved < 0 || self.spent < 0 {
            return Err(format!("reserved {}, spent {}", self.reserved, self.spent));
        }
        Ok(())
    }
}

fn run(step: Step, actions: Vec<Action>) -> Result<(), String> {
    let mut world = World::new(step);
    for action in actions {
        world.act(&action);
        world.judge()?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_intent_is_sent_twice_and_no_acceptance_is_lost(actions in prop::collection::vec(action(), 1..60)) {
        prop_assert_eq!(run(step, actions), Ok(()));
    }
}

/// Searches for a sequence that the judge objects to.
fn finds_fault(step: Step) -> bool {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 20_000,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let actions = prop::collection::vec(action(), 1..60);
    let result = runner.run(&actions, |actions| {
        run(step, actions).map_err(TestCaseError::fail)
    });
    result.is_err()
}

#[test]
fn judge_sees_a_row_that_is_sent_again_after_a_crash() {
    // An engine that repeats a step that did not finish.
    let repeats: Step = |state, event| match (&state.status, &event) {
        (RowStatus::Sending, RowEvent::Reserve { .. }) => step(
            &RowState {
                status: RowStatus::Ready,
                ..state.clone()
            },
            event,
        ),
        _ => step(state, event),
    };
    assert!(finds_fault(repeats));
}

#[test]
fn judge_sees_a_row_that_is_sent_again_after_a_look_up_found_nothing() {
    let trusts_404: Step = |state, event| match (&state.status, &event) {
        (RowStatus::Sending, RowEvent::NotFound { .. }) => {
            let intent = state.intent.unwrap_or_default();
            step(state, RowEvent::NotCreated { intent })
        }
        _ => step(state, event),
    };
    assert!(finds_fault(trusts_404));
}

#[test]
fn judge_sees_an_acceptance_that_comes_too_late_and_is_dropped() {
    let ignores_late: Step = |state, event| match (&state.status, &event) {
        (RowStatus::Unknown | RowStatus::Dropped, RowEvent::Accepted { .. }) => Err(InvalidEvent {
            state: state.clone(),
            event,
        }),
        _ => step(state, event),
    };
    assert!(finds_fault(ignores_late));
}
