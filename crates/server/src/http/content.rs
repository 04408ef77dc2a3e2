use std::error::Error;

use axum::body::Body;
use content::OpenError;
use content::range::{self, Plan, Ranges};
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use model::Sha1;
use store::{ContentRow, ContentState};

use super::route::{not_allowed, text};
use crate::app::App;

/// A file's bytes never change under its name, so caches may keep them for a year.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Answers `GET` and `HEAD` of `/Content/<rest>`: whole files, and single or several ranges.
pub(super) async fn answer(app: &App, request: &Request<Incoming>, rest: &str) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_allowed("GET, HEAD");
    }
    let Some(sha1) = content::parse_address(rest) else {
        app.metrics.not_found.inc();
        return text(StatusCode::NOT_FOUND, "No content file has this address.\n");
    };
    match app.content_rows.by_sha1(&app.store, sha1, app.now()).await {
        Ok(Some(row)) if row.state == ContentState::Held => serve(app, request, rest, &row).await,
        Ok(_) => missing(app, sha1),
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, file.sha1 = %sha1, "could not look up a content file");
            text(StatusCode::SERVICE_UNAVAILABLE, "The database is not available; try again.\n")
        }
    }
}

async fn serve(app: &App, request: &Request<Incoming>, rest: &str, row: &ContentRow) -> Response<Body> {
    let held = match app.files.open_file(&row.sha256, row.size).await {
        Ok(Some(held)) => held,
        Ok(None) => return missing(app, row.sha1),
        Err(error @ OpenError::OtherSize { .. }) => {
            // What is not as long as it was is not what it was.
            tracing::error!(error = &error as &dyn Error, file.sha1 = %row.sha1, "a content file cannot be served");
            if let Err(error) = crate::admin::content::set_aside(app, row).await {
                tracing::error!(error = error.error, "could not set the file aside; it is not served all the same");
            }
            return missing(app, row.sha1);
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, file.sha1 = %row.sha1, "a content file cannot be read just now");
            return text(StatusCode::SERVICE_UNAVAILABLE, "The file cannot be read just now; try again.\n");
        }
    };
    let etag = content::etag(&row.sha256);
    let headers = request.headers();
    if none_match_hits(headers, &etag) {
        return unchanged(&etag);
    }
    let extension = rest.rsplit_once('.').map_or("", |(_, extension)| extension);
    let plan = Plan::new(&wanted(headers, row.size, &etag), &row.sha256, row.size, content::mime(extension));
    let is_head = request.method() == Method::HEAD;
    let mut response = if is_head || plan.segments.is_empty() {
        Response::new(Body::empty())
    } else {
        app.metrics.content_bytes.inc_by(plan.content_length);
        Response::new(Body::from_stream(held.stream(plan.segments.clone()).boxed()))
    };
    describe(&mut response, &plan, &etag);
    response
}

/// What of the file is asked for: all of it, unless `Range` says otherwise and `If-Range` still holds.
fn wanted(headers: &HeaderMap, size: u64, etag: &str) -> Ranges {
    let field = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let condition_holds = match (headers.contains_key(header::IF_RANGE), field(header::IF_RANGE)) {
        (false, _) => true,
        (true, Some(condition)) => content::if_range_holds(condition, etag, None),
        (true, None) => false,
    };
    match field(header::RANGE) {
        Some(ranges) if condition_holds => range::parse(ranges, size),
        _ => Ranges::Whole,
    }
}

fn none_match_hits(headers: &HeaderMap, etag: &str) -> bool {
    let condition = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    condition.is_some_and(|condition| content::if_none_match_hits(condition, etag))
}

fn describe(response: &mut Response<Body>, plan: &Plan, etag: &str) {
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

fn unchanged(etag: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, IMMUTABLE);
    response
}

/// The file is not here, or no longer what it was: clients try again later, as with a stock WSUS.
fn missing(app: &App, sha1: Sha1) -> Response<Body> {
    app.metrics.content_missing.inc();
    tracing::debug!(file.sha1 = %sha1, "a file was asked for that is not held");
    let mut response = text(StatusCode::NOT_FOUND, "This file is not held here yet.\n");
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
