//! Upstreams that are gone for long, and disks that are full.

use std::process::Stdio;
use std::time::Duration;

use testkit::documents::Draft;
use testkit::publisher::{GET_UPDATE_DATA, Publisher};
use wire::server::Request;

use super::{Below, DONE, UNAVAILABLE, first, later};
use crate::harness::{Estate, Mount};
use crate::hierarchy::{point, synchronise, synchronise_in_vain, upstream};

#[tokio::test]
async fn an_upstream_that_was_gone_for_a_week_goes_on_where_it_was() {
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &first()).await.unwrap();
    let (url, address) = (publisher.url(), publisher.address());
    let below = Estate::start().await;
    let mut settings = upstream(&url, false);
    settings.kind = sync::Kind::Wsus;
    settings.patience_secs = Some(1);
    point(&below, &settings).await;
    assert_eq!(synchronise(&below).await.taken, first().len());
    publisher.stop().await;
    for day in 1..=2 {
        below.advance_mins(3 * 24 * 60 + day);
        let (status, body) = synchronise_in_vain(&below).await;
        assert_eq!(status, 503, "{body}");
        assert!(body.contains(&url) && body.contains("cannot be reached"), "{body}");
    }
    below.advance_mins(24 * 60);
    let publisher = Publisher::start(address, &first()).await.unwrap();
    publisher.publish(&later());
    let details = synchronise(&below).await;
    assert_eq!((details.listed, details.taken, details.started_over), (2, 2, false), "{details:?}");
    let wanted = publisher.asked().into_iter().filter_map(|asked| match asked.request {
        Some(Request::GetUpdateData(data)) => data.update_ids,
        _ => None,
    });
    assert_eq!(wanted.flatten().count(), later().len(), "nothing is fetched a second time");
}

#[tokio::test]
async fn an_upstream_that_was_restored_and_does_not_know_its_anchors_is_compared_from_the_beginning() {
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &first()).await.unwrap();
    let (url, address) = (publisher.url(), publisher.address());
    publisher.publish(&later());
    let below = Estate::start().await;
    let settings = server::config::UpstreamConfig { kind: sync::Kind::Wsus, ..upstream(&url, false) };
    point(&below, &settings).await;
    assert_eq!(synchronise(&below).await.taken, first().len() + later().len());
    publisher.stop().await;
    // An earlier state, to which its anchors of today are no anchors; it refuses them as a bad parameter.
    let publisher =
        Publisher::start(address, &[first().as_slice(), &[Draft::detectoid("since")]].concat()).await.unwrap();
    let details = synchronise(&below).await;
    assert_eq!((details.started_over, details.taken), (true, 1), "{details:?}");
    assert_eq!(publisher.times_asked("GetRevisionIdList"), 3, "one was refused");
    assert!(!synchronise(&below).await.started_over);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_at_any_write_leaves_the_catalog_as_before_or_as_after() {
    let many: Vec<Draft> = (0..120).map(|number| Draft::detectoid(&format!("fact {number}"))).collect();
    let below = Below::new(&first(), "[content]\ndisk_floor_mib = 0").await;
    let folder = below.site.data_dir();
    let toml = std::fs::read(folder.join("vanne.toml")).unwrap();
    let Some(_disk) = Mount::new(&folder, &[&["-t", "tmpfs", "-o", "size=16m", "none"]]) else {
        return;
    };
    std::fs::write(folder.join("vanne.toml"), toml).unwrap();
    assert_eq!(below.synchronise().code, DONE);
    below.publisher.publish(&many);
    let before = below.effect().await;
    let filler = folder.join("filler");
    // From nothing at all to enough: each write there is meets the end of the disk in one of these.
    let free = [0_usize, 8, 24, 48, 96, 160, 256, 384, 512, 768, 1_024, 2_048, 4_096];
    for (failures, free_kib) in free.into_iter().enumerate() {
        assert!(std::fs::write(&filler, vec![0; 32 << 20]).is_err(), "the disk is full now");
        let full = std::fs::metadata(&filler).unwrap().len();
        let file = std::fs::OpenOptions::new().write(true).open(&filler).unwrap();
        file.set_len(full.saturating_sub(free_kib as u64 * 1_024)).unwrap();
        // Held open, it would keep its room when it is removed.
        drop(file);
        let ran = below.synchronise();
        let here = below.effect_beside(&filler).await;
        if ran.code == DONE {
            assert_eq!(here.1.len(), before.1.len() + many.len());
            assert!(failures > 0, "with no room at all it cannot go well");
            return;
        }
        assert!([1, UNAVAILABLE].contains(&ran.code), "{free_kib} KiB: {ran:?}");
        assert!(ran.err.contains("room"), "{free_kib} KiB: {}", ran.err);
        assert_eq!(here, before, "{free_kib} KiB free: {}", ran.err);
    }
    panic!(
        "4 MiB are enough for 120 little documents, asked for {} times",
        below.publisher.times_asked(GET_UPDATE_DATA)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronisation_killed_at_any_moment_leaves_the_catalog_as_before_or_as_after() {
    let many: Vec<Draft> = (0..900).map(|number| Draft::detectoid(&format!("fact {number}"))).collect();
    let below = Below::after(&first(), &many).await;
    let before = below.effect().await;
    for after_ms in [20, 60, 120, 200, 300, 450, 600] {
        let mut command = below.site.command(&["sync", "--now", "--wait"]);
        let mut program = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        program.kill().unwrap();
        program.wait().unwrap();
        let (mark, here) = below.effect().await;
        let is_after = here.len() == before.1.len() + many.len() && mark == before.0 + 1;
        assert!(is_after || (mark, &here) == (before.0, &before.1), "{after_ms} ms: {} revisions", here.len());
    }
    assert_eq!(below.synchronise().code, DONE);
    assert_eq!(below.effect().await.1.len(), before.1.len() + many.len());
    let fetched = below.publisher.times_asked(GET_UPDATE_DATA);
    assert_eq!(below.synchronise().code, DONE);
    assert_eq!(below.publisher.times_asked(GET_UPDATE_DATA), fetched, "nothing is left to be done");
}

impl Below {
    /// What is in effect, read with room on the disk.
    async fn effect_beside(&self, filler: &std::path::Path) -> super::Effect {
        std::fs::remove_file(filler).unwrap();
        self.effect().await
    }
}
