//! What the worst files cost a reader: processor time and memory, bounded whatever they hold.

use std::io::Cursor;
use std::time::Duration;

use authenticode::{Class, Outcome, RevocationLists, examine};
use peak_alloc::PeakAlloc;

use crate::estate::{ESTATE, question};

/// More processor time than any verdict takes in a debug build; `bench trust` prints what it is in a release build.
const CPU_MAX: Duration = Duration::from_secs(2);
/// More memory than any verdict takes beside the file.
const GROWTH_MAX: usize = 64 << 20;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What `work` takes of this thread's processor time and of memory at its peak, in bytes. Nothing else may run in the process, as it
/// is where each test has its own.
fn cost<T>(work: impl FnOnce() -> T) -> (T, Duration, usize) {
    MEMORY.reset_peak_usage();
    let (before, started) = (MEMORY.current_usage(), cpu());
    let done = work();
    (done, cpu() - started, MEMORY.peak_usage().saturating_sub(before))
}

fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

#[test]
fn sec_a10_the_worst_files_cost_little() {
    let trust = ESTATE.trust(&[]);
    let mut too_dear = Vec::new();
    for (name, bytes) in forge::hostile::files(&ESTATE.publisher, "Forged Root", "Forged Time Root") {
        let (verdict, cpu, growth) = cost(|| {
            let examination = examine(&mut Cursor::new(&bytes)).unwrap();
            trust.judge_any(&examination, &question(Class::MsApp))
        });
        // A catalog of whatever size may well be the publisher's.
        let is_sound = ["a catalog", "a database"].iter().any(|kind| name.starts_with(kind));
        assert_eq!(verdict.outcome == Outcome::Accepted, is_sound, "{name}: {:?}", verdict.reasons);
        println!("{name}: {cpu:?}, {growth} bytes, {:?}", verdict.reasons);
        if cpu > CPU_MAX || growth > GROWTH_MAX {
            too_dear.push(format!("{name}: {cpu:?}, {growth} bytes"));
        }
    }
    assert!(too_dear.is_empty(), "{too_dear:#?}");
}

#[test]
fn sec_a10_the_longest_list_costs_little() {
    let bytes = forge::hostile::list();
    let (lists, cpu, growth) = cost(|| {
        let mut lists = RevocationLists::new();
        lists.add(&bytes).unwrap();
        lists
    });
    println!("{cpu:?}, {growth} bytes");
    assert!(cpu < CPU_MAX && growth < GROWTH_MAX, "{cpu:?}, {growth} bytes");
    assert_eq!(lists.len(), 1);
}
