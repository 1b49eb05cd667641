//! Work on many things that keeps every processor busy.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// The fewest things that are worth a thread of their own.
const LEAST_SHARE: usize = 16;

/// What the work makes of each thing, in their order, whatever the number of processors. Blocks: call it off the
/// runtime.
///
/// # Panics
/// When the work does.
pub fn across_threads<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = things.len().div_ceil(threads).max(LEAST_SHARE);
    if things.len() <= share {
        return things.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let shares: Vec<_> = things
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let done = shares.into_iter().map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::across_threads;

    #[test]
    fn every_thing_is_worked_on_once_and_in_order() {
        for count in [0, 1, 15, 16, 17, 1_000] {
            let things: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = things.iter().map(|thing| 2 * thing).collect();
            assert_eq!(across_threads(&things, |thing| 2 * thing), doubled);
        }
    }

    #[test]
    #[should_panic(expected = "the work failed")]
    fn a_panic_of_the_work_is_the_callers() {
        let things: Vec<usize> = (0..100).collect();
        across_threads(&things, |thing| assert!(*thing != 70, "the work failed"));
    }
}
