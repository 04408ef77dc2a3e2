use std::collections::{BTreeMap, BTreeSet};

use metadata::CoreFragment;
use model::{ComputerId, ProtocolVersion, RevisionId, Timestamp, UpdateId, UpdateIdentity, UpdateType};
use uuid::Uuid;
use wire::client::{
    AuthorizationCookie, Config, Cookie, Deployment, GetConfig, GetCookie, RegisterComputer, SyncInfo,
    SyncUpdateParameters, SyncUpdates,
};
use wire::reporting::{Event, ReportEventBatch};
use wire::simple_auth::GetAuthorizationCookie;
use wire::{Fault, Request, Response};

use super::soap;

/// What stock clients of Windows 11 say they speak.
pub(crate) const PROTOCOL: ProtocolVersion = ProtocolVersion::new(2, 90);

/// A computer whose every call the test makes itself, one by one. Everything non-leaf counts as installed
/// on it, so that it is told of all that its groups are offered.
#[derive(Clone)]
pub(crate) struct Computer {
    pub(crate) url: String,
    pub(crate) id: ComputerId,
    pub(crate) cookie: Option<Cookie>,
    pub(crate) known: BTreeMap<RevisionId, Told>,
}

/// What a computer was told of a revision.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) identity: UpdateIdentity,
    pub(crate) update_type: UpdateType,
    pub(crate) is_leaf: bool,
    pub(crate) deployment: Deployment,
}

/// What a whole scan told.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) new: BTreeSet<UpdateId>,
    pub(crate) changed: BTreeMap<UpdateId, Deployment>,
    pub(crate) out_of_scope: BTreeSet<UpdateIdentity>,
    /// Entries of each page, and whether more was promised.
    pub(crate) pages: Vec<(usize, bool)>,
}

impl News {
    /// Nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.out_of_scope.is_empty()
    }
}

impl Computer {
    /// A computer that the server has never heard of.
    pub(crate) fn stranger(url: &str) -> Self {
        Self::named(url, &Uuid::new_v4().to_string())
    }

    fn named(url: &str, name: &str) -> Self {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).hyphenated().to_string().parse().unwrap();
        Self { url: url.to_owned(), id, cookie: None, known: BTreeMap::new() }
    }

    /// A computer that has shaken hands and registered.
    pub(crate) async fn join(url: &str, name: &str) -> Self {
        let computer = Self::meet(url, name, None).await;
        computer.register().await.unwrap();
        computer
    }

    /// A computer that has a cookie and did not register; it claims those groups.
    pub(crate) async fn meet(url: &str, name: &str, claims: Option<&str>) -> Self {
        let mut computer = Self::named(url, name);
        let authorization = computer.authorize(claims).await.unwrap();
        computer.cookie = Some(computer.ask_cookie(vec![authorization], None).await.unwrap());
        computer
    }

    pub(crate) async fn call(&self, request: &Request) -> Result<Response, Fault> {
        soap(&self.url, request).await
    }

    pub(crate) async fn config(&self) -> Config {
        let request = Request::GetConfig(GetConfig { protocol_version: Some(PROTOCOL) });
        match self.call(&request).await.unwrap() {
            Response::GetConfig(config) => config,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn authorize(&self, claims: Option<&str>) -> Result<AuthorizationCookie, Fault> {
        let request = Request::GetAuthorizationCookie(GetAuthorizationCookie {
            client_id: self.id.clone(),
            target_group_name: claims.map(ToOwned::to_owned),
            dns_name: format!("pc-{}.contoso.example", &self.id.as_str()[..8]),
        });
        match self.call(&request).await? {
            Response::GetAuthorizationCookie(cookie) => Ok(cookie),
            other => panic!("{other:?}"),
        }
    }

    /// GetCookie, with the configuration's present time.
    pub(crate) async fn ask_cookie(
        &self,
        auth_cookies: Vec<AuthorizationCookie>,
        old_cookie: Option<Cookie>,
    ) -> Result<Cookie, Fault> {
        let request = Request::GetCookie(GetCookie {
            auth_cookies,
            old_cookie,
            last_change: self.config().await.last_change,
            current_time: Some(Timestamp::now()),
            protocol_version: Some(PROTOCOL),
        });
        match self.call(&request).await? {
            Response::GetCookie(cookie) => Ok(cookie),
            other => panic!("{other:?}"),
        }
    }

    /// Gets a new cookie with what the old one remembers.
    pub(crate) async fn renew(&mut self) -> Result<(), Fault> {
        let authorization = self.authorize(None).await?;
        self.cookie = Some(self.ask_cookie(vec![authorization], self.cookie.clone()).await?);
        Ok(())
    }

    pub(crate) async fn register(&self) -> Result<(), Fault> {
        let request = RegisterComputer { cookie: self.cookie.clone(), computer_info: Some(info()) };
        self.call(&Request::RegisterComputer(request)).await.map(drop)
    }

    /// One SyncUpdates; the cookie is replaced as clients do.
    pub(crate) async fn sync(&mut self, parameters: SyncUpdateParameters) -> Result<SyncInfo, Fault> {
        let request = SyncUpdates { cookie: self.cookie.clone(), parameters: Some(parameters) };
        match self.call(&Request::SyncUpdates(request)).await? {
            Response::SyncUpdates(info) => {
                self.cookie = Some(info.new_cookie.clone());
                Ok(info)
            }
            other => panic!("{other:?}"),
        }
    }

    /// A scan of software, page by page until nothing new comes.
    pub(crate) async fn scan(&mut self) -> News {
        let mut news = News::default();
        loop {
            let (other, installed): (Vec<_>, Vec<_>) = self.known.iter().partition(|(_, told)| told.is_leaf);
            let ids = |list: Vec<(&RevisionId, &Told)>| list.into_iter().map(|(id, _)| *id).collect();
            let parameters = SyncUpdateParameters {
                installed_non_leaf_update_ids: ids(installed),
                other_cached_update_ids: ids(other),
                need_two_group_out_of_scope_updates: true,
                ..SyncUpdateParameters::default()
            };
            let info = self.sync(parameters).await.unwrap();
            news.pages.push((info.new_updates.len(), info.truncated));
            let done = info.new_updates.is_empty() && !info.truncated;
            self.take(info, &mut news);
            if done {
                return news;
            }
        }
    }

    fn take(&mut self, info: SyncInfo, news: &mut News) {
        for id in info.out_of_scope_revision_ids {
            news.out_of_scope.insert(self.known.remove(&id).unwrap().identity);
        }
        for update in info.changed_updates {
            let told = self.known.get_mut(&update.id).unwrap();
            (told.is_leaf, told.deployment) = (update.is_leaf, update.deployment.clone());
            news.changed.insert(told.identity.update_id, update.deployment);
        }
        for update in info.new_updates {
            let fragment = CoreFragment::parse(&update.xml.unwrap().to_text()).unwrap();
            let told = Told {
                identity: fragment.identity,
                update_type: fragment.update_type,
                is_leaf: update.is_leaf,
                deployment: update.deployment,
            };
            news.new.insert(told.identity.update_id);
            assert!(self.known.insert(update.id, told).is_none(), "nothing is sent twice");
        }
    }

    /// What it knows of an update: its number here, and what it was told.
    pub(crate) fn told(&self, update: UpdateId) -> Option<(RevisionId, &Told)> {
        let mut all = self.known.iter();
        all.find(|(_, told)| told.identity.update_id == update).map(|(id, told)| (*id, told))
    }

    /// ReportEventBatch, in the computer's own name.
    pub(crate) async fn report(&self, events: Vec<Event>) -> Result<bool, Fault> {
        self.report_at(Timestamp::now(), events).await
    }

    /// The same, by a clock of its own.
    pub(crate) async fn report_at(&self, its_now: Timestamp, mut events: Vec<Event>) -> Result<bool, Fault> {
        for event in &mut events {
            event.sid.get_or_insert_with(|| self.id.as_str().to_owned());
        }
        let request =
            ReportEventBatch { cookie: self.cookie.clone(), client_time: Some(its_now), events: Some(events) };
        match self.call(&Request::ReportEventBatch(request)).await? {
            Response::ReportEventBatch(taken) => Ok(taken),
            other => panic!("{other:?}"),
        }
    }
}

/// What `RegisterComputer` must hold, and no more.
fn info() -> wire::client::ComputerInfo {
    let text = |text: &str| Some(text.to_owned());
    wire::client::ComputerInfo {
        dns_name: text("pc.contoso.example"),
        os_major_version: 10,
        os_build_number: 26_200,
        os_locale: text("en-US"),
        computer_manufacturer: text("Fabrikam"),
        computer_model: text("Desk"),
        processor_architecture: text("AMD64"),
        old_product_type: 1,
        ..wire::client::ComputerInfo::default()
    }
}
