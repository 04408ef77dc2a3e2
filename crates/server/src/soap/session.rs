//! Sessions: nothing of a request is acted upon before its cookie opened here.

use std::sync::Arc;

use catalog::{Scope, Snapshot};
use model::{ChangeMark, ComputerId, Timestamp};
use policy::GroupSet;
use trust::{CookieError, Marks, SessionCookie};
use wire::ErrorCode;
use wire::client::Cookie;

use super::handshake;
use super::refusal::Refusal;
use crate::app::App;
use crate::computers::{Known, groups_of};

/// A computer whose cookie opened.
pub(super) struct Session {
    /// What the cookie says.
    pub(super) cookie: SessionCookie,
    /// What is known of the computer; `None` if it never registered here.
    pub(super) known: Option<Known>,
}

/// A session together with the catalog as its computer sees it.
pub(super) struct View {
    /// One consistent view for the whole request.
    pub(super) snapshot: Arc<Snapshot>,
    /// What the computer's groups are offered.
    pub(super) scope: Arc<Scope>,
    /// Digest of the groups, for the next cookie.
    pub(super) groups: u64,
    /// Up to where the client knows of changes: nowhere, once its computer's groups changed.
    pub(super) seen: Marks,
}

impl Session {
    /// Steps 1 to 3 of client-server protocol §3.4: genuine, of this database, not expired.
    pub(super) async fn open(app: &App, cookie: Option<&Cookie>) -> Result<Self, Refusal> {
        let sealed = cookie.map_or(&[][..], |cookie| &cookie.encrypted_data);
        let cookie = app.sessions.keys.load().open_session(sealed, app.now()).map_err(|error| refusal(&error))?;
        let known = handshake::known(app, &cookie.computer).await?;
        Ok(Self { cookie, known })
    }

    /// Whose session it is.
    pub(super) fn computer(&self) -> &ComputerId {
        &self.cookie.computer
    }

    /// Step 4: the client has seen the present configuration.
    pub(super) fn require_present_config(&self, app: &App) -> Result<(), Refusal> {
        if self.cookie.config == **app.sessions.config_changed.load() {
            Ok(())
        } else {
            Err(Refusal::fault(ErrorCode::ConfigChanged, "", "config changed"))
        }
    }

    /// Step 5: the computer is registered.
    pub(super) fn require_registered(&self) -> Result<(), Refusal> {
        match &self.known {
            Some(known) if known.registered => Ok(()),
            _ => Err(Refusal::fault(ErrorCode::RegistrationRequired, "", "not registered")),
        }
    }

    /// The catalog as this computer sees it.
    pub(super) async fn view(&self, app: &App) -> Result<View, Refusal> {
        let mut snapshot = app.publisher.current(app).await?;
        let seen = self.cookie.marks.newest();
        if seen > Some(snapshot.mark()) {
            // Another server of this store was quicker, or the database was restored to an earlier state.
            snapshot = app.publisher.refresh(app).await?;
            if seen > Some(snapshot.mark()) {
                return Err(Refusal::fault(ErrorCode::ServerChanged, "", "cookie"));
            }
        }
        let groups = self.groups(app, &snapshot);
        let digest = groups.digest(snapshot.groups());
        let scope = snapshot.scope(&groups);
        let seen = if digest == self.cookie.groups { self.cookie.marks } else { Marks::default() };
        Ok(View { snapshot, scope, groups: digest, seen })
    }

    fn groups(&self, app: &App, snapshot: &Snapshot) -> GroupSet {
        let unknown = Known::default();
        groups_of(app, snapshot.groups(), self.known.as_ref().unwrap_or(&unknown))
    }

    /// The cookie sealed again, its expiry as it was: clients keep the newest blob (native-behaviour C10).
    pub(super) fn renewed(&self, app: &App) -> Cookie {
        sealed(app, &self.cookie)
    }

    /// The same, now that the client was told of changes: `told` sets the mark of what it was told of.
    pub(super) fn told(&self, app: &App, view: &View, told: impl FnOnce(&mut Marks, ChangeMark)) -> Cookie {
        let mut marks = view.seen;
        told(&mut marks, view.snapshot.mark());
        sealed(app, &SessionCookie { groups: view.groups, marks, ..self.cookie.clone() })
    }
}

/// `cookie` as it goes over the wire. The clear-text expiry is for the client only.
pub(super) fn sealed(app: &App, cookie: &SessionCookie) -> Cookie {
    Cookie { expiration: Some(cookie.expires), encrypted_data: app.sessions.keys.load().seal_session(cookie) }
}

/// When a cookie made at `now` expires.
pub(super) fn expiry(app: &App, now: Timestamp) -> Timestamp {
    let life = jiff::SignedDuration::from_mins(app.config.clients.cookie_minutes.into());
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}

fn refusal(error: &CookieError) -> Refusal {
    let code = match error {
        CookieError::Forged | CookieError::ServerExpired => ErrorCode::InvalidCookie,
        CookieError::OtherServer => ErrorCode::ServerChanged,
        CookieError::Expired(_) => ErrorCode::CookieExpired,
    };
    Refusal::fault(code, "", "cookie")
}
