//! Which files may be given away: those that are as promised *and* signed by whom they must be.
//!
//! A file that came is looked at where it lies (`look`), as what the updates say it is that name it (`intent`), by the policy and
//! the lists of revoked certificates at hand (`trust`, `lists`); what its verdicts come to is one rule (`rule`). It is held from then on, or
//! withheld: kept, and given to nobody, until what decided changes (`again`) or an administrator lets it through.

pub(crate) mod again;
mod intent;
pub(crate) mod lists;
mod look;
mod rule;
mod trust;

use model::ContentFile;
use store::{JudgedContent, NewContent, Standing};

pub(crate) use again::Passes;
pub(crate) use lists::Wanted;
pub(crate) use trust::InOffice;

use crate::admin::ApiError;
use crate::app::App;
use intent::Intents;

/// How often a file is looked at anew because what updates say of it changed meanwhile. Then it waits for the next pass.
const TRIES: usize = 3;

/// What became of a file that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is given to whoever asks.
    Held,
    /// It is given to nobody.
    Withheld {
        /// Why.
        reason: String,
    },
}

impl Taken {
    /// Why it is given to nobody, for whoever brought it.
    pub(crate) fn refusal(&self, name: &str) -> Option<ApiError> {
        let Self::Withheld { reason } = self else { return None };
        let error = format!("the file {name} is here as it was promised, and is withheld: {reason}");
        Some(ApiError::conflict(error).hint("`vanne content quarantine` shows what was found, and what to do"))
    }
}

/// Takes in a file that lies in its place and has matched its digests a moment ago: it is held or withheld, by what is found of it
/// now. What no update names yet waits for one: nobody can say what it is said to be.
pub(crate) async fn take_in(app: &App, file: NewContent) -> Result<Taken, ApiError> {
    for _ in 0..TRIES {
        let intents = Intents::of(app, &[file.sha1]).await?;
        if intents.kinds(file.sha1).is_empty() {
            app.store.content_arrived(&[file], app.now()).await?;
            return Ok(Taken::Withheld { reason: "no update that is here names it".to_owned() });
        }
        let promised = app.store.files_by_sha1(&[file.sha1]).await?.pop();
        let judged = judge(app, &intents, &file, promised.as_ref(), look::Depth::Digested).await?;
        let standing = note(app, std::slice::from_ref(&judged), false).await?.pop();
        match standing {
            Some(Standing::Held) => return Ok(Taken::Held),
            Some(Standing::Outdated) => {}
            Some(Standing::Withheld { .. } | Standing::Gone) | None => {
                return Ok(Taken::Withheld { reason: judged.reason });
            }
        }
    }
    Ok(Taken::Withheld { reason: "what updates say of it keeps changing".to_owned() })
}

/// Looks at a file as everything that it is said to be.
async fn judge(
    app: &App,
    intents: &Intents,
    file: &NewContent,
    promise: Option<&ContentFile>,
    depth: look::Depth,
) -> Result<JudgedContent, ApiError> {
    let judges = app.judges.current();
    let promise = rule::Promise::of(file, promise);
    let kinds = intents.kinds(file.sha1);
    let basis = judges.basis(&kinds, promise);
    // Of one that comes back as well: it is the same file.
    let was_clear = app.store.content_verdicts(&[file.sha256]).await?.first().is_some_and(look::was_clear);
    let found = look::at(app, &judges, file, &kinds, promise, depth, was_clear).await?;
    app.lists.want(app, found.lists()).await?;
    Ok(JudgedContent {
        file: *file,
        subjects: intents.subjects(file.sha1),
        kinds: intent::names(&kinds),
        basis,
        outcome: found.outcome(),
        reason: found.reason(),
        body: serde_json::to_string(&found).map_err(|error| ApiError::internal(&error))?,
        again_at: found.again_at(app.now()),
        examination: found.examination,
    })
}

/// Notes what was found, and tells of each file that is withheld from now on. What was outdated meanwhile is left to the next pass.
async fn note(app: &App, judged: &[JudgedContent], again: bool) -> Result<Vec<Standing>, ApiError> {
    let standings = app.store.content_judged(judged, again, app.now()).await?;
    app.content_rows.changed();
    for (one, standing) in judged.iter().zip(&standings) {
        match standing {
            Standing::Withheld { is_news: true } => tracing::error!(
                file.sha1 = %one.file.sha1, file.sha256 = %one.file.sha256, reason = one.reason,
                "a content file is as it was promised, and is withheld because of who signed it; `vanne content quarantine` shows it"
            ),
            Standing::Outdated => app.passes.another(),
            Standing::Held | Standing::Withheld { is_news: false } | Standing::Gone => {}
        }
    }
    Ok(standings)
}
