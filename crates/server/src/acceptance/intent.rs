//! What a file is said to be: by the updates that name it.

use std::collections::{BTreeSet, HashMap};

use authenticode::Class;
use metadata::Document;
use model::{RevisionId, Sha1, UpdateId, UpdateType};
use store::{StoreError, Subject};
use uuid::Uuid;

use crate::admin::ApiError;
use crate::app::App;

/// "Definition Updates" among the classifications (MS-WUSP, well-known ids).
const DEFINITIONS: UpdateId = UpdateId(Uuid::from_u128(0xe078_9628_ce08_4437_be74_2495_b842_f43b));
/// Documents that are read at a time for where they were published.
const STEP: u32 = 200;

/// What an update says a file is that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A licence, for people to read.
    Text,
    /// A driver.
    Driver,
    /// Definitions of malware.
    Definition,
    /// Anything else by Microsoft.
    Software,
    /// What this organization publishes itself.
    Local,
}

impl Kind {
    /// The classes of which one has to accept it. The documents do not tell Windows itself from other products surely enough to
    /// refuse by that, and Microsoft's own drivers are signed as the rest of Windows is. A text that is a program is judged as one.
    pub(super) fn classes(self) -> &'static [Class] {
        match self {
            Self::Driver => &[Class::DriverWhql, Class::OsUpdate],
            Self::Definition => &[Class::Definition],
            Self::Text | Self::Software => &[Class::OsUpdate, Class::MsApp],
            Self::Local => &[Class::LocalPublish],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Driver => "driver",
            Self::Definition => "definition",
            Self::Software => "software",
            Self::Local => "local",
        }
    }

    fn of(subject: &Subject) -> Self {
        match subject {
            Subject { is_text: true, .. } => Self::Text,
            Subject { is_local: Some(true), .. } => Self::Local,
            Subject { update_type: UpdateType::Driver, .. } => Self::Driver,
            Subject { classification: Some(DEFINITIONS), .. } => Self::Definition,
            _ => Self::Software,
        }
    }
}

/// Kinds in one text, as they are kept.
pub(super) fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" ")
}

/// What files are said to be.
pub(super) struct Intents(HashMap<Sha1, Vec<Subject>>);

impl Intents {
    /// Of these files, by all updates that are here.
    pub(super) async fn of(app: &App, files: &[Sha1]) -> Result<Self, ApiError> {
        place(app, files).await?;
        let mut intents: HashMap<Sha1, Vec<Subject>> = HashMap::new();
        for subject in app.store.content_subjects(files).await? {
            intents.entry(subject.file).or_default().push(subject);
        }
        Ok(Self(intents))
    }

    /// All that one of them is said to be by what computers may be offered, in order; by whatever names it if nothing else does, and
    /// nothing if no update names it.
    pub(super) fn kinds(&self, file: Sha1) -> Vec<Kind> {
        let subjects = self.0.get(&file).map(Vec::as_slice).unwrap_or_default();
        let is_offered = subjects.iter().any(|subject| subject.is_current);
        let counts = subjects.iter().filter(|subject| subject.is_current == is_offered);
        counts.map(Kind::of).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The same as it was read.
    pub(super) fn subjects(&self, file: Sha1) -> Vec<Subject> {
        self.0.get(&file).cloned().unwrap_or_default()
    }
}

/// Reads of documents that came before it was kept whether they were published locally. Nothing is left to do the second time.
async fn place(app: &App, files: &[Sha1]) -> Result<(), ApiError> {
    loop {
        let read: Vec<(RevisionId, bool)> = app.store.unplaced(files, STEP, is_local).await?;
        if read.is_empty() {
            return Ok(());
        }
        app.store.place(&read).await?;
    }
}

/// A document that cannot be read any more says nothing of it: its files must be Microsoft's.
fn is_local(document: Result<Vec<u8>, StoreError>) -> bool {
    let parsed = document.ok().and_then(|bytes| Document::parse(&bytes).ok());
    parsed.is_some_and(|document| document.properties.is_locally_published)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(update_type: UpdateType) -> Subject {
        let file = Sha1::new([1; 20]);
        Subject { file, update_type, classification: None, is_local: Some(false), is_text: false, is_current: true }
    }

    #[test]
    fn an_update_says_what_its_files_are() {
        let software = subject(UpdateType::Software);
        assert_eq!(Kind::of(&software), Kind::Software);
        assert_eq!(Kind::of(&subject(UpdateType::Driver)), Kind::Driver);
        let definition = Subject { classification: Some(DEFINITIONS), ..software.clone() };
        assert_eq!(Kind::of(&definition), Kind::Definition);
        let local = Subject { is_local: Some(true), ..subject(UpdateType::Driver) };
        assert_eq!(Kind::of(&local), Kind::Local, "whatever it calls itself beside that");
        let text = Subject { is_text: true, ..local };
        assert_eq!(Kind::of(&text), Kind::Text);
        assert_eq!(DEFINITIONS.to_string(), "e0789628-ce08-4437-be74-2495b842f43b");
    }

    #[test]
    fn what_nobody_is_offered_counts_only_where_nothing_else_names_a_file() {
        let old = Subject { is_current: false, ..subject(UpdateType::Driver) };
        let file = old.file;
        let kinds = |subjects: &[&Subject]| {
            let subjects = subjects.iter().map(|one| (*one).clone()).collect();
            Intents([(file, subjects)].into()).kinds(file)
        };
        let (software, local) = (subject(UpdateType::Software), Subject { is_local: Some(true), ..old.clone() });
        assert_eq!(kinds(&[&old, &software]), [Kind::Software]);
        assert_eq!(kinds(&[&old, &local]), [Kind::Driver, Kind::Local]);
        assert_eq!(names(&kinds(&[&old, &local])), "driver local");
        assert_eq!(kinds(&[]), []);
    }
}
