//! Upstreams that lie, break off or fall silent, against the program as an administrator runs it: an exact exit status, one
//! message that names server, step and item, and a catalog that is as before or as after, never between.

mod answers;
mod at_once;
mod documents;
mod files;
mod lists;
mod outages;
mod replica;
mod room;

use model::{CategoryKind, UpdateIdentity};
use testkit::documents::{Draft, MadeFile, Rule};
use testkit::publisher::{Lie, Publisher};

use crate::harness::{Ran, Site};

/// Everything is well.
const DONE: i32 = 0;
/// The upstream is what is wrong.
const FAILED: i32 = 1;
/// Some revisions were refused, the others taken.
const PARTIAL: i32 = 3;
/// It may be better later.
const UNAVAILABLE: i32 = 5;

/// A data folder, and a publisher that is its upstream.
struct Below {
    site: Site,
    publisher: Publisher,
}

/// What is in effect: the generation, and the revisions in order.
type Effect = (u64, Vec<UpdateIdentity>);

impl Below {
    /// A folder that has synchronised with a publisher of `first`, which then published `later`.
    async fn after(first: &[Draft], later: &[Draft]) -> Self {
        let below = Self::new(first, "").await;
        let ran = below.synchronise();
        assert_eq!(ran.code, DONE, "{}", ran.err);
        below.publisher.publish(later);
        below
    }

    /// An empty folder; `more` are further lines of `[upstream]`.
    async fn new(drafts: &[Draft], more: &str) -> Self {
        let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), drafts).await.unwrap();
        let below = Self { site: Site::new(), publisher };
        below.configure(1, more);
        below
    }

    /// Waits so long for an answer; `more` are further lines of `[upstream]`.
    fn configure(&self, patience_secs: u32, more: &str) {
        let url = self.publisher.url();
        let upstream = format!("[upstream]\nkind = \"wsus\"\nurl = \"{url}\"\npatience_secs = {patience_secs}\n");
        self.site.write("data/vanne.toml", format!("{upstream}{more}\n"));
    }

    fn synchronise(&self) -> Ran {
        self.site.run(&["sync", "--now", "--wait"])
    }

    async fn effect(&self) -> Effect {
        let store = self.site.store().await;
        let entries = store.catalog().await.unwrap().entries;
        let mut revisions: Vec<UpdateIdentity> = entries.into_iter().map(|entry| entry.revision.identity).collect();
        revisions.sort_unstable();
        (store.mark().await.unwrap().0, revisions)
    }

    /// Lies at `operation`: the synchronisation must fail with `code`, name the upstream, `step` and `words`, and change
    /// nothing; and it must go well once the upstream is honest.
    async fn fails_at(&self, operation: &'static str, lie: Lie, code: i32, step: &str, words: &[&str]) {
        let before = self.effect().await;
        self.publisher.lie(operation, lie);
        let ran = self.synchronise();
        assert_eq!(ran.code, code, "{}", ran.err);
        self.names(&ran, step, words);
        assert_eq!(self.effect().await, before, "nothing is changed");
        self.publisher.be_honest();
        assert_eq!(self.synchronise().code, DONE);
        assert_ne!(self.effect().await, before, "what is new came");
    }

    /// The one line that says what is wrong names everything an administrator needs.
    fn names(&self, ran: &Ran, step: &str, words: &[&str]) {
        let lines: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error: ")).collect();
        let [line] = lines.as_slice() else { panic!("one message, not {lines:?} in {}", ran.err) };
        let beginning = format!("error: the upstream {} ({step}): ", self.publisher.url());
        assert!(line.starts_with(&beginning), "{line}");
        for word in words {
            assert!(line.contains(word), "{word} in {line}");
        }
    }
}

/// A little catalog to begin with.
fn first() -> Vec<Draft> {
    let product = Draft::product("Contoso Client");
    let class = Draft::category(CategoryKind::UpdateClassification, "Contoso Fixes");
    let child = Draft::command_line("first fix").installed_when(Rule::registry_text("SOFTWARE\\Contoso", "First", "1"));
    let update = Draft::bundle("First Update").in_category([product.id()]).in_category([class.id()]);
    let update = update.bundling([child.identity()]);
    vec![product, class, Draft::detectoid("x64"), child, update]
}

/// What comes later: one document that travels as text, one that is long enough for a cabinet.
fn later() -> [Draft; 2] {
    let file = MadeFile::of_size("later.cab", 4_000);
    let rule = Rule::registry_text("SOFTWARE\\Contoso", "Later", "1");
    let child = Draft::command_line("later fix").with_file(&file).installed_when(rule);
    let update = Draft::bundle("Later Update").bundling([child.identity()]).described_as(&"Mends much. ".repeat(600));
    [child, update]
}
