//! What the tests of the governor share: accounts in virtual time, what must hold for each, and how it is told whether many of them look drawn.
#![allow(dead_code, reason = "each test binary uses its part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod accounts;
pub mod calendar;
pub mod gaps;
pub mod limits;
pub mod mutants;
pub mod p_values;
pub mod rows;
pub mod table;
pub mod worlds;

/// Whatever each seed gives, in the order of the seeds; every processor works on some of them.
pub fn each_seed<T: Send>(seeds: u64, of: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let work = |thread: u64| (1..=seeds).filter(|seed| seed % threads == thread).map(|seed| (seed, of(seed))).collect::<Vec<_>>();
    let mut all: Vec<(u64, T)> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let work = &work;
                    move || work(thread)
                })
            })
            .collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_by_key(|(seed, _)| *seed);
    all.into_iter().map(|(_, given)| given).collect()
}
