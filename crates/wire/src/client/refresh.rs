use model::{RevisionId, UpdateIdentity};

use super::{Cookie, Deployment};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks for the numbers of revisions known by their global names, after the server changed (MS-WUSP 2.2.2.2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshCache {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The client's whole cache.
    pub global_ids: Option<Vec<UpdateIdentity>>,
}

impl Wire for RefreshCache {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "globalIDs" => input.list("UpdateIdentity", limits::IDENTITIES, request.global_ids.get_or_insert_default()),
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional_array("globalIDs", "UpdateIdentity", self.global_ids.as_deref());
    }
}

/// A revision the client may keep, with its present number; what is not answered is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshCacheResult {
    /// Its number here.
    pub revision_id: RevisionId,
    /// Its global name.
    pub global_id: UpdateIdentity,
    /// No update names this one as its prerequisite.
    pub is_leaf: bool,
    /// What to do with it.
    pub deployment: Deployment,
}

impl Wire for RefreshCacheResult {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut revision_id, mut global_id, mut is_leaf, mut deployment) = (None, None, None, None);
        input.fields(|input, name| {
            match name {
                "RevisionID" => revision_id = Some(input.value()?),
                "GlobalID" => global_id = Some(input.value()?),
                "IsLeaf" => is_leaf = Some(input.value()?),
                "Deployment" => deployment = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            revision_id: input.required(revision_id, "RevisionID")?,
            global_id: input.required(global_id, "GlobalID")?,
            is_leaf: input.required(is_leaf, "IsLeaf")?,
            deployment: input.required(deployment, "Deployment")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("RevisionID", &self.revision_id);
        out.field("GlobalID", &self.global_id);
        out.field("IsLeaf", &self.is_leaf);
        out.field("Deployment", &self.deployment);
    }
}
