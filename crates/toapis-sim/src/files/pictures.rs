//! Pictures are rendered when they are first fetched, off the threads that answer, and kept by what is on them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use tokio::sync::{OnceCell, Semaphore};

use crate::picture::{Order, render};

/// The most bytes of files that are kept.
const KEPT: usize = 256 << 20;

/// How many pictures are rendered at once: each holds its pixels, up to hundreds of megabytes for the largest.
const AT_ONCE: usize = 4;

type Cell = Arc<OnceCell<Bytes>>;

/// The pictures of a run.
pub(crate) struct Pictures {
    kept: Mutex<Kept>,
    places: Semaphore,
}

#[derive(Default)]
struct Kept {
    files: HashMap<[u8; 32], Cell>,
    order: VecDeque<([u8; 32], usize)>,
    bytes: usize,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
        }
    }
}

impl Pictures {
    /// The file for an order; whoever asks while it is being rendered waits for the same one.
    pub(crate) async fn get(&self, order: Order) -> Bytes {
        let name = order.digest();
        let cell = Arc::clone(
            self.kept
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .files
                .entry(name)
                .or_default(),
        );
        let file = cell.get_or_init(|| async {
            let _place = self.places.acquire().await;
            let file = tokio::task::spawn_blocking(move || render(&order))
                .await
                .unwrap_or_default();
            self.keep(name, file.len());
            file
        });
        file.await.clone()
    }

    fn keep(&self, name: [u8; 32], bytes: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.order.push_back((name, bytes));
        kept.bytes += bytes;
        // The newest stays even if it is larger than all the room there is: someone is waiting for it.
        while kept.bytes > KEPT
            && kept.order.len() > 1
            && let Some((oldest, bytes)) = kept.order.pop_front()
        {
            kept.files.remove(&oldest);
            kept.bytes -= bytes;
        }
    }
}
