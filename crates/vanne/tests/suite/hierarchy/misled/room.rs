//! A disk with little room: what is fetched leaves the floor free, and what nobody goes on with is given back.

use testkit::documents::Draft;
use testkit::publisher::{GET_UPDATE_DATA, Lie, Publisher};

use super::{Below, DONE, UNAVAILABLE, first};
use crate::harness::Mount;

const KIB: usize = 1_024;

/// A document that packs badly: its text follows from its number and looks like chance.
fn bulky(number: usize) -> Draft {
    let bytes = testkit::documents::MadeFile::of_size(&format!("text {number}"), 20 * KIB).bytes;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Draft::detectoid(&format!("bulky {number}")).described_as(&text)
}

async fn free_mib(below: &Below) -> u64 {
    content::free_bytes(&below.site.data_dir()).await.unwrap() / (1 << 20)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fetched_leaves_the_floor_free_and_the_next_run_goes_on() {
    let below = Below::new(&first(), "").await;
    let toml = std::fs::read(below.site.data_dir().join("vanne.toml")).unwrap();
    let Some(disk) = Mount::disk(&below.site.data_dir(), 64) else { return };
    std::fs::write(below.site.data_dir().join("vanne.toml"), toml).unwrap();
    let floor = |mib: u64| format!("[content]\ndisk_floor_mib = {mib}");
    below.configure(300, &floor(0));
    assert_eq!(below.synchronise().code, DONE);
    // Pages of 4, 4 and 1.6 MiB, of which the disk takes half: there is room for one large one, and perhaps the small one.
    let many: Vec<Draft> = (0..240).map(bulky).collect();
    below.publisher.publish(&many);
    let before = below.effect().await;
    let left = free_mib(&below).await - 5;
    below.configure(300, &floor(left));

    let ran = below.synchronise();
    assert_eq!(ran.code, UNAVAILABLE, "{ran:?}");
    let lowers = format!("content.disk_floor_mib leaves {left} MiB alone");
    below.names(
        &ran,
        "keeping what was fetched",
        &[&lowers, "free some space or lower the floor", "goes on from there"],
    );
    assert_eq!(below.effect().await, before, "nothing is in effect");
    let kept = below.site.store().await.staged().await.unwrap().len();
    assert!((1..many.len()).contains(&kept), "{kept} of {} documents are kept", many.len());
    assert!(free_mib(&below).await >= left - 1, "{} MiB are left of {left}", free_mib(&below).await);

    disk.resize(512);
    below.configure(300, &floor(0));
    let ran = below.synchronise();
    assert_eq!(ran.code, DONE, "{ran:?}");
    assert!(ran.out.contains(&format!("{kept} had been fetched by a run that was cut short")), "{}", ran.out);
    assert_eq!(below.effect().await.1.len(), before.1.len() + many.len());
}

/// A folder with something staged, as a run leaves it that failed in its middle; the upstream lists it no more.
async fn half_way() -> Below {
    let below = Below::new(&first(), "").await;
    let store = below.site.store().await;
    store.set_setting("sync.staged-from", &below.publisher.url()).await.unwrap();
    let document = Draft::detectoid("left").finish().document.into_bytes();
    let left = store::StagedDocument { identity: Draft::detectoid("left").identity(), position: 0, document };
    store.stage(vec![left]).await.unwrap();
    below
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_of_an_upstream_that_is_one_no_more_is_given_back() {
    let below = half_way().await;
    let staged = async || below.site.store().await.staged().await.unwrap().len();
    // The same upstream, whatever else is said of it.
    below.configure(2, "replica = false");
    below.site.serve().terminate();
    assert_eq!(staged().await, 1, "the next run goes on with it");
    let other = Publisher::start(([127, 0, 0, 1], 0).into(), &first()).await.unwrap();
    below.site.write("data/vanne.toml", format!("[upstream]\nkind = \"wsus\"\nurl = \"{}\"\n", other.url()));
    below.site.serve().terminate();
    assert_eq!(staged().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_is_given_back_when_the_upstream_is_removed() {
    let below = half_way().await;
    below.site.write("data/vanne.toml", "");
    let set = ["upstream", "set", "--kind", "wsus", "--url"];
    assert_eq!(below.site.run(&[&set[..], &[below.publisher.url().as_str()]].concat()).code, DONE);
    let staged = async || below.site.store().await.staged().await.unwrap().len();
    assert_eq!(staged().await, 1);
    assert_eq!(below.site.run(&["upstream", "remove"]).code, DONE);
    assert_eq!(staged().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_no_longer_is_given_back_before_anything_is_fetched() {
    let below = half_way().await;
    below.publisher.lie(GET_UPDATE_DATA, Lie::Page(503));
    assert_ne!(below.synchronise().code, DONE, "nothing can be fetched");
    assert_eq!(below.site.store().await.staged().await.unwrap(), [], "it is listed no more");
}
