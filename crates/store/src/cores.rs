//! Work on many items, on all cores.

use std::thread::available_parallelism;

use tokio::task::{self, JoinError};

/// Does `work` to each item on as many threads as there are cores, off those that answer requests; the order stays.
///
/// Each thread begins with a tool of its own, from `make`: a compressor is dear to make and cheap to use again.
///
/// # Errors
/// If `work` panicked.
pub async fn on_all_cores<T, S, R>(
    items: Vec<T>,
    make: impl Fn() -> S + Clone + Send + 'static,
    work: impl Fn(&mut S, T) -> R + Clone + Send + 'static,
) -> Result<Vec<R>, JoinError>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let cores = available_parallelism().map_or(1, std::num::NonZero::get);
    let share = items.len().div_ceil(cores).max(1);
    let mut done = Vec::with_capacity(items.len());
    let mut items = items.into_iter().peekable();
    let mut tasks = Vec::new();
    while items.peek().is_some() {
        let part: Vec<T> = items.by_ref().take(share).collect();
        let (make, work) = (make.clone(), work.clone());
        tasks.push(task::spawn_blocking(move || {
            let mut tool = make();
            part.into_iter().map(|item| work(&mut tool, item)).collect::<Vec<R>>()
        }));
    }
    for task in tasks {
        done.extend(task.await?);
    }
    Ok(done)
}
