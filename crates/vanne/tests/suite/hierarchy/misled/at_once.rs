//! Two synchronisations at the same time.

use std::sync::Arc;

use testkit::publisher::{GET_UPDATE_DATA, Lie};
use tokio::sync::Semaphore;

use super::{Below, DONE, FAILED, UNAVAILABLE, first};
use crate::harness::{Ran, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_second_is_turned_away_while_the_first_goes_on() {
    let below = Below::new(&first(), "").await;
    let server = below.site.serve();
    let gate = Arc::new(Semaphore::new(0));
    below.publisher.lie(GET_UPDATE_DATA, Lie::Waits(Arc::clone(&gate)));
    let mut command = below.site.command(&["sync", "--now", "--wait"]);
    let under_way = tokio::task::spawn_blocking(move || Ran::from(command.output().unwrap()));
    eventually("it is under way", async || below.publisher.times_asked(GET_UPDATE_DATA) > 0).await;
    let ran = below.synchronise();
    assert_eq!(ran.code, FAILED, "{}", ran.err);
    let said = "error: a synchronisation is under way already; `vanne sync --watch` follows it\n";
    assert_eq!(ran.err, said);
    gate.add_permits(1_000);
    let ran = under_way.await.unwrap();
    assert_eq!(ran.code, DONE, "{}", ran.err);
    assert_eq!(below.effect().await.1.len(), first().len());
    assert_eq!(server.terminate().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_on_one_folder_end_with_one_catalog() {
    let below = Below::new(&first(), "").await;
    assert_eq!(below.site.run(&["groups", "list"]).code, DONE, "the database is made");
    let gate = Arc::new(Semaphore::new(0));
    below.publisher.lie(GET_UPDATE_DATA, Lie::Waits(Arc::clone(&gate)));
    let both = [(); 2].map(|()| {
        let mut command = below.site.command(&["sync", "--now", "--wait"]);
        tokio::task::spawn_blocking(move || Ran::from(command.output().unwrap()))
    });
    eventually("both wait for documents", async || below.publisher.times_asked(GET_UPDATE_DATA) > 1).await;
    gate.add_permits(1_000);
    let mut codes = Vec::new();
    for ran in both {
        let ran = ran.await.unwrap();
        // One may have had to wait for the other longer than it does.
        assert!(ran.code == DONE || ran.err.contains("another program may hold it"), "{}", ran.err);
        codes.push(ran.code);
    }
    assert!(codes.contains(&DONE) && codes.iter().all(|code| [DONE, UNAVAILABLE].contains(code)), "{codes:?}");
    let (mark, here) = below.effect().await;
    assert_eq!((mark, here.len()), (1, first().len()), "what came twice is no second generation");
}
