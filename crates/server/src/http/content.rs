use std::error::Error;
use std::sync::Arc;

use axum::body::Body;
use content::range::{Plan, Segment};
use content::request::Conditions;
use content::{Held, OpenError};
use futures::StreamExt as _;
use http::{HeaderValue, Response, StatusCode, header};
use model::{ContentFile, Sha1, Sha256};
use store::{ContentRow, ContentState};
use tokio::runtime::Handle;

use crate::acquire::{self, Arriving};
use crate::app::App;

/// A file's bytes never change under its name, so caches may keep them for a year.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The body of an answer, before anything of it is read.
#[derive(Debug)]
pub(super) enum Payload {
    /// No bytes.
    Nothing,
    /// A sentence.
    Text(&'static str),
    /// Parts of a file.
    File(Held, Vec<Segment>),
    /// Parts of a file that is being fetched.
    Arriving(Arriving, Vec<Segment>),
}

impl From<Payload> for Body {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Nothing => Self::empty(),
            Payload::Text(text) => Self::from(text),
            Payload::File(held, segments) => Self::from_stream(held.stream(segments).boxed()),
            Payload::Arriving(arriving, segments) => Self::from_stream(arriving.stream(segments).boxed()),
        }
    }
}

/// Decides what is answered to a `GET` or `HEAD` of `/Content/<rest>`: whole files, and single or several ranges.
///
/// Whoever sends the answer, through the HTTP library or straight from the file, it is decided here. What is not in
/// memory is looked for on the runtime `main`: connections to a database live where they were opened.
pub(super) async fn answer(
    app: &Arc<App>,
    main: &Handle,
    is_head: bool,
    rest: &str,
    conditions: &Conditions<'_>,
) -> Response<Payload> {
    let Some(sha1) = content::parse_address(rest) else {
        app.metrics.not_found.inc();
        return text(StatusCode::NOT_FOUND, "No content file has this address.\n");
    };
    let found = match known(app, sha1) {
        Some(found) => Ok(found),
        None => find_on(main, app, sha1).await,
    };
    match found {
        Ok((row, held)) => serve(app, is_head, extension(rest), conditions, &row, held),
        Err(Missing::NotHeld) => match acquire::on_demand(app, main, sha1).await {
            Some((file, arriving)) => pass_on(app, is_head, rest, conditions, &file, arriving).await,
            None => missing(app, sha1),
        },
        Err(Missing::Unavailable(sentence)) => text(StatusCode::SERVICE_UNAVAILABLE, sentence),
    }
}

/// Why a file cannot be served.
enum Missing {
    /// It is not here, or no longer what it was.
    NotHeld,
    /// Nobody knows; the sentence says why.
    Unavailable(&'static str),
}

/// The file, if neither the database nor the disk has to be asked.
fn known(app: &App, sha1: Sha1) -> Option<(ContentRow, Held)> {
    let row = app.content_rows.known(sha1, app.now())?.filter(|row| row.state == ContentState::Held)?;
    let held = app.files.kept(&row.sha256, row.size)?;
    Some((row, held))
}

async fn find_on(main: &Handle, app: &Arc<App>, sha1: Sha1) -> Result<(ContentRow, Held), Missing> {
    let app = Arc::clone(app);
    main.spawn(async move { find(&app, sha1).await }).await.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn Error, file.sha1 = %sha1, "a content file was not looked for to the end");
        Err(Missing::Unavailable("The server is stopping; try again.\n"))
    })
}

async fn find(app: &App, sha1: Sha1) -> Result<(ContentRow, Held), Missing> {
    let row = match app.content_rows.by_sha1(&app.store, sha1, app.now()).await {
        Ok(Some(row)) if row.state == ContentState::Held => row,
        Ok(_) => return Err(Missing::NotHeld),
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, file.sha1 = %sha1, "could not look up a content file");
            return Err(Missing::Unavailable("The database is not available; try again.\n"));
        }
    };
    match app.files.open_kept(&row.sha256, row.size).await {
        Ok(Some(held)) => Ok((row, held)),
        Ok(None) => {
            app.acquire.vanished(sha1);
            Err(Missing::NotHeld)
        }
        Err(error @ OpenError::OtherSize { .. }) => {
            // What is not as long as it was is not what it was.
            tracing::error!(error = &error as &dyn Error, file.sha1 = %sha1, "a content file cannot be served");
            if let Err(error) = crate::admin::content::set_aside(app, &row).await {
                tracing::error!(error = error.error, "could not set the file aside; it is not served all the same");
            }
            app.acquire.poke();
            Err(Missing::NotHeld)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, file.sha1 = %sha1, "a content file cannot be read just now");
            Err(Missing::Unavailable("The file cannot be read just now; try again.\n"))
        }
    }
}

fn serve(
    app: &App,
    is_head: bool,
    extension: &str,
    conditions: &Conditions<'_>,
    row: &ContentRow,
    held: Held,
) -> Response<Payload> {
    let etag = content::etag(&row.sha256);
    if conditions.none_match_hits(&etag) {
        return unchanged(&etag);
    }
    let plan = Plan::new(&conditions.wanted(row.size, &etag), &row.sha256, row.size, content::mime(extension));
    let mut response = Response::new(Payload::Nothing);
    describe(&mut response, &plan, &etag);
    if !is_head && !plan.segments.is_empty() {
        app.metrics.content_bytes.inc_by(plan.content_length);
        *response.body_mut() = Payload::File(held, plan.segments);
    }
    response
}

/// Answers with a file that is being fetched: what is asked for comes as it arrives, before anybody can say whether the file
/// is what was promised. So the answer makes no claim of it: it has no tag, and no cache may keep it.
async fn pass_on(
    app: &App,
    is_head: bool,
    rest: &str,
    conditions: &Conditions<'_>,
    file: &ContentFile,
    arriving: Arriving,
) -> Response<Payload> {
    app.metrics.content_missing.inc();
    // Whoever has a part of it knows its tag from an answer before, and shall get the rest.
    let tag = file.sha256.map(|sha256| content::etag(&sha256)).unwrap_or_default();
    // Parts are held apart by a digest; one that is not promised is made up from the one that is.
    let digest = file.sha256.unwrap_or_else(|| {
        let mut digest = [0; 32];
        digest.iter_mut().zip(file.sha1.as_bytes()).for_each(|(to, from)| *to = *from);
        Sha256::new(digest)
    });
    let plan = Plan::new(&conditions.wanted(file.size, &tag), &digest, file.size, content::mime(extension(rest)));
    let first = plan.segments.iter().find_map(|segment| match segment {
        Segment::File(part) => Some(*part),
        Segment::Text(_) => None,
    });
    if let Some(part) = first.filter(|_| !is_head)
        && let Err(error) = arriving.first(part).await
    {
        tracing::debug!(error = &error as &dyn Error, file.sha1 = %file.sha1, "a file that is asked for does not come");
        return no_store(text(StatusCode::SERVICE_UNAVAILABLE, "This file cannot be fetched just now; try again.\n"));
    }
    let mut response = Response::new(Payload::Nothing);
    describe(&mut response, &plan, &tag);
    response.headers_mut().remove(header::ETAG);
    if !is_head && !plan.segments.is_empty() {
        *response.body_mut() = Payload::Arriving(arriving, plan.segments);
    }
    no_store(response)
}

fn extension(rest: &str) -> &str {
    rest.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn no_store(mut response: Response<Payload>) -> Response<Payload> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn describe(response: &mut Response<Payload>, plan: &Plan, etag: &str) {
    *response.status_mut() = StatusCode::from_u16(plan.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut set = |name, text: &str| {
        // Everything set here is made of digits, digests and media types.
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_LENGTH, &plan.content_length.to_string());
    set(header::ACCEPT_RANGES, "bytes");
    set(header::ETAG, etag);
    if let Some(kind) = &plan.content_type {
        set(header::CONTENT_TYPE, kind);
    }
    if let Some(range) = &plan.content_range {
        set(header::CONTENT_RANGE, range);
    }
    headers.insert(header::CACHE_CONTROL, IMMUTABLE);
}

fn unchanged(etag: &str) -> Response<Payload> {
    let mut response = Response::new(Payload::Nothing);
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, IMMUTABLE);
    response
}

/// The file is not here, or no longer what it was: clients try again later, as with a stock WSUS.
fn missing(app: &App, sha1: Sha1) -> Response<Payload> {
    app.metrics.content_missing.inc();
    tracing::debug!(file.sha1 = %sha1, "a file was asked for that is not held");
    no_store(text(StatusCode::NOT_FOUND, "This file is not held here yet.\n"))
}

fn text(status: StatusCode, text: &'static str) -> Response<Payload> {
    let mut response = Response::new(Payload::Text(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
