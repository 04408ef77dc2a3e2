//! Lists of revoked certificates, fetched from where the certificates of signers say they are.
//!
//! They come over plain HTTP, as RFC 5280 has it: a list is signed, and what its authority did not sign is none. Asked for is only
//! what certificates name that lead to a root of the policy, on signatures that are right and by signers who may: nobody else says
//! where to look. One that an older one is answered with keeps the newer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use authenticode::check_list;
use authenticode::limits::CRL_BYTES_MAX;
use jiff::SignedDuration;
use model::Timestamp;
use store::{ListDates, ListPlace, ListRow};
use sync::Kind;
use tokio::sync::Notify;

use super::trust;
use crate::admin::ApiError;
use crate::app::App;
use crate::sync::settings;

/// How often it is looked whether a list is due.
const EVERY: Duration = Duration::from_secs(60);
/// How often a list is asked for again that is not: authorities add to it before the next one is due.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// And one that did not come, or ends before that.
const SOON: SignedDuration = SignedDuration::from_hours(1);
/// How often it is noted that a list is wanted.
const NOTED_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Lists that files want whose signers were looked at, and when that was noted.
#[derive(Default)]
pub(crate) struct Wanted {
    noted: Mutex<HashMap<ListPlace, Timestamp>>,
    news: Notify,
}

impl Wanted {
    fn noted(&self) -> MutexGuard<'_, HashMap<ListPlace, Timestamp>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that lists are wanted, which costs nothing while that is known.
    pub(super) async fn want(&self, app: &App, places: Vec<ListPlace>) -> Result<(), ApiError> {
        let now = app.now();
        let is_noted = |at: &Timestamp| now.duration_since(*at) < NOTED_EVERY;
        let news: Vec<ListPlace> = {
            let noted = self.noted();
            places.into_iter().filter(|place| !noted.get(place).is_some_and(is_noted)).collect()
        };
        if news.is_empty() {
            return Ok(());
        }
        for left in app.store.lists_wanted(&news, now).await? {
            tracing::warn!(
                address = left.address,
                authority = left.authority,
                "no more than {} lists of revoked certificates are fetched; this one is not",
                store::LISTS_MAX
            );
        }
        self.noted().extend(news.into_iter().map(|place| (place, now)));
        self.news.notify_one();
        Ok(())
    }
}

/// Whether this server fetches lists.
pub(crate) async fn are_fetched(app: &App) -> Result<bool, ApiError> {
    match app.config.signatures.fetch_revocation_lists {
        Some(says_so) => Ok(says_so),
        None => {
            let upstream = settings::upstream(&app.store, app.config.upstream.as_ref()).await?;
            Ok(upstream.is_some_and(|upstream| upstream.kind == Kind::Microsoft))
        }
    }
}

/// Fetches what is due, for ever.
pub(crate) async fn run(app: &App) {
    loop {
        if let Err(error) = step(app).await {
            tracing::warn!(
                error = error.error,
                "could not look after lists of revoked certificates; trying again in a minute"
            );
        }
        // Whatever comes first.
        let _ = tokio::time::timeout(EVERY, app.lists.news.notified()).await;
    }
}

async fn step(app: &App) -> Result<(), ApiError> {
    let now = app.now();
    let mut rows = app.store.revocation_lists().await?;
    let due: Vec<&ListRow> = rows.iter().filter(|row| row.again_at <= now).collect();
    if !due.is_empty() && are_fetched(app).await? {
        let mut is_news = false;
        for row in due {
            is_news |= fetch(app, row).await?;
        }
        if is_news {
            trust::renew(app).await;
        }
        rows = app.store.revocation_lists().await?;
    }
    let missing = rows.iter().filter(|row| row.dates.is_none_or(|dates| dates.ends_at <= now)).count();
    app.metrics.revocation_lists_missing.set(i64::try_from(missing).unwrap_or(i64::MAX));
    Ok(())
}

/// Takes lists over that somebody brought along, as if they had been fetched: those that their authorities signed, and that are newer than
/// what is known. How many.
pub(crate) async fn learn(app: &App, brought: Vec<(ListPlace, Vec<u8>)>) -> Result<usize, ApiError> {
    let places: Vec<ListPlace> = brought.iter().map(|(place, _)| place.clone()).collect();
    app.store.lists_wanted(&places, app.now()).await?;
    let known: HashMap<ListPlace, ListRow> =
        app.store.revocation_lists().await?.into_iter().map(|row| (row.place.clone(), row)).collect();
    let mut taken = 0;
    for (place, list) in brought {
        let Some(row) = known.get(&place) else { continue };
        match check(row.clone(), list, app.now()).await {
            Ok((_, dates)) if row.dates == Some(dates) => {}
            Ok((list, dates)) => {
                let now = app.now();
                app.store.list_came(&place, &list, dates, again_at(now, dates.ends_at), now).await?;
                taken += 1;
            }
            Err(why) => tracing::warn!(
                address = place.address,
                authority = place.authority,
                error = why,
                "a list of revoked certificates was brought along and is not taken"
            ),
        }
    }
    if taken > 0 {
        trust::renew(app).await;
    }
    Ok(taken)
}

/// Asks for a list. True if it is another one than before.
async fn fetch(app: &App, row: &ListRow) -> Result<bool, ApiError> {
    let (place, now) = (&row.place, app.now());
    let came = app.acquire.small(&place.address, CRL_BYTES_MAX).await;
    let checked = match came {
        Ok(bytes) => check(row.clone(), bytes, now).await,
        Err(why) => Err(why),
    };
    match checked {
        Ok((list, dates)) => {
            let is_news = row.dates != Some(dates);
            let again = again_at(now, dates.ends_at);
            app.store.list_came(place, &list, dates, again, now).await?;
            if is_news {
                tracing::info!(
                    address = place.address, authority = place.authority, made = %dates.made_at, ends = %dates.ends_at,
                    "fetched a list of revoked certificates"
                );
            }
            Ok(is_news)
        }
        Err(why) => {
            if row.failure.is_none() {
                tracing::warn!(
                    address = place.address,
                    authority = place.authority,
                    error = why,
                    "could not fetch a list of revoked certificates; it is tried again every hour, and the last one counts until then"
                );
            }
            let again = now.checked_add(SOON).unwrap_or(now);
            app.store.list_failed(place, &why, again, now).await?;
            Ok(false)
        }
    }
}

/// Whether what came is the list that was asked for, and not an older one. Verifying the largest takes a while.
async fn check(row: ListRow, list: Vec<u8>, now: Timestamp) -> Result<(Vec<u8>, ListDates), String> {
    let checked = move || {
        let authenticode::ListDates { made_at, ends_at } =
            check_list(&list, &row.place.authority_key).map_err(|error| error.to_string())?;
        if made_at > now {
            return Err(format!("it was made at {made_at}, which is not yet: look at this server's clock"));
        }
        match row.dates {
            Some(known) if known.made_at > made_at => {
                Err(format!("it was made at {made_at}, and one is known that was made at {}", known.made_at))
            }
            _ => Ok((list, ListDates { made_at, ends_at })),
        }
    };
    tokio::task::spawn_blocking(checked).await.unwrap_or_else(|error| Err(error.to_string()))
}

/// When a list is asked for again that ends then.
fn again_at(now: Timestamp, ends_at: Timestamp) -> Timestamp {
    let after = |duration| now.checked_add(duration).unwrap_or(now);
    ends_at.clamp(after(SOON), after(AGAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hours * 3_600).unwrap()
    }

    #[test]
    fn a_list_is_asked_for_daily_and_when_it_ends_but_not_all_the_time() {
        assert_eq!(again_at(at(0), at(90 * 24)), at(24));
        assert_eq!(again_at(at(0), at(5)), at(5));
        assert_eq!(again_at(at(0), at(-5)), at(1), "the next one is late");
    }

    #[tokio::test]
    async fn a_list_is_its_authoritys_and_not_older_than_the_last() {
        use forge::{Authority, crl};
        let (authority, other) = (Authority::root("CA"), Authority::root("CA"));
        let place = ListPlace {
            address: "http://lists/a".into(),
            authority_key: authority.identity.key.spki(),
            authority: "CA".into(),
        };
        let row = |dates| ListRow { place: place.clone(), dates, tried_at: None, failure: None, again_at: at(0) };
        let list = |by: &Authority, made: i64| crl::list(by, at(made), at(made + 24), &[]);
        let (_, first) = check(row(None), list(&authority, 1), at(2)).await.unwrap();
        assert_eq!((first.made_at, first.ends_at), (at(1), at(25)));
        let forged = check(row(Some(first)), list(&other, 2), at(3)).await.unwrap_err();
        assert!(forged.contains("did not sign"), "{forged}");
        let older = check(row(Some(first)), list(&authority, 0), at(3)).await.unwrap_err();
        assert!(older.contains("one is known"), "{older}");
        let future = check(row(None), list(&authority, 9), at(3)).await.unwrap_err();
        assert!(future.contains("clock"), "{future}");
        assert!(check(row(None), b"<html>".to_vec(), at(3)).await.is_err());
        assert_eq!(check(row(Some(first)), list(&authority, 2), at(3)).await.unwrap().1.made_at, at(2));
    }
}
