use model::{UpdateId, UpdateIdentity};

use super::{Anchor, Cookie, Filter};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks which revisions there are (MS-WSUSSS 3.1.4.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetRevisionIdList {
    /// The session.
    pub cookie: Option<Cookie>,
    /// Which of them; absent is a fault.
    pub filter: Option<Filter>,
}

impl Wire for GetRevisionIdList {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "filter" => request.filter = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("filter", self.filter.as_ref());
    }
}

/// The answer to [`GetRevisionIdList`]: all in one piece, for the protocol has no pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionIdList {
    /// Up to where this answer goes.
    pub anchor: Anchor,
    /// The revisions; an update may be there with an older revision as well (native-behaviour §6).
    pub new_revisions: Vec<UpdateIdentity>,
}

impl Wire for RevisionIdList {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut anchor, mut new_revisions) = (None, Vec::new());
        input.fields(|input, name| match name {
            "Anchor" => input.value().map(|value| anchor = Some(value)),
            "NewRevisions" => input.list("UpdateIdentity", limits::REVISION_IDS, &mut new_revisions),
            _ => input.skip(),
        })?;
        Ok(Self { anchor: input.required(anchor, "Anchor")?, new_revisions })
    }

    fn write(&self, out: &mut Output) {
        out.field("Anchor", &self.anchor);
        out.array("NewRevisions", "UpdateIdentity", &self.new_revisions);
    }
}

/// In the WSDL (MS-WSUSSS 6.1) and unused (3.1.4.9); answered by no identities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetRelatedRevisionsForUpdates {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The updates.
    pub update_ids: Vec<UpdateId>,
}

impl Wire for GetRelatedRevisionsForUpdates {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "updateIDs" => input.list("guid", limits::RELATED_UPDATES, &mut request.update_ids),
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.array("updateIDs", "guid", &self.update_ids);
    }
}
