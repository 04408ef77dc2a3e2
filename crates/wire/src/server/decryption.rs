use model::{Sha1, UpdateIdentity};

use super::Cookie;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks for the keys of the encrypted files of revisions (MS-WSUSSS 3.1.4.18).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetUpdateDecryptionData {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The revisions, at most `MaxUpdatesPerRequestInGetUpdateDecryptionData`; absent is a fault.
    pub update_ids: Option<Vec<UpdateIdentity>>,
}

impl Wire for GetUpdateDecryptionData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "updateIds" => {
                input.list("UpdateIdentity", limits::DECRYPTION_DATA, request.update_ids.get_or_insert_default())
            }
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional_array("updateIds", "UpdateIdentity", self.update_ids.as_deref());
    }
}

/// Reads the answer's `UpdateFileDecryptionData`; absent is empty.
pub(super) fn read_result(input: &mut Input<'_>) -> Result<Vec<UpdateFileDecryption>, Problem> {
    let mut updates = Vec::new();
    input.parameters(|input, name| match name {
        "GetUpdateDecryptionDataResult" => input.fields(|input, name| match name {
            "UpdateFileDecryptionData" => input.list("ServerSyncUpdateFileDecryption", limits::UPDATES, &mut updates),
            _ => input.skip(),
        }),
        _ => input.skip(),
    })?;
    Ok(updates)
}

/// Writes the answer.
pub(super) fn write_result(updates: &[UpdateFileDecryption], out: &mut Output) {
    out.element("GetUpdateDecryptionDataResult", |out| {
        out.array("UpdateFileDecryptionData", "ServerSyncUpdateFileDecryption", updates);
    });
}

/// The keys of a revision's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateFileDecryption {
    /// The revision.
    pub update_id: UpdateIdentity,
    /// Its files.
    pub files: Vec<FileDecryption>,
}

impl Wire for UpdateFileDecryption {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut update_id, mut files) = (None, Vec::new());
        input.fields(|input, name| match name {
            "UpdateId" => input.value().map(|value| update_id = Some(value)),
            "FileDecryptionData" => input.list("ServerSyncFileDecryption", limits::FILES_OF_UPDATE, &mut files),
            _ => input.skip(),
        })?;
        Ok(Self { update_id: input.required(update_id, "UpdateId")?, files })
    }

    fn write(&self, out: &mut Output) {
        out.field("UpdateId", &self.update_id);
        out.array("FileDecryptionData", "ServerSyncFileDecryption", &self.files);
    }
}

/// The key of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDecryption {
    /// The file.
    pub file_digest: Sha1,
    /// The key; absent for a file that is not encrypted.
    pub decryption_key: Option<Vec<u8>>,
}

impl Wire for FileDecryption {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut file_digest, mut decryption_key) = (None, None);
        input.fields(|input, name| {
            match name {
                "FileDigest" => file_digest = Some(input.value()?),
                "DecryptionKey" => decryption_key = Some(input.bytes(limits::DECRYPTION_KEY)?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        let decryption_key = decryption_key.filter(|key| !key.is_empty());
        Ok(Self { file_digest: input.required(file_digest, "FileDigest")?, decryption_key })
    }

    fn write(&self, out: &mut Output) {
        out.field("FileDigest", &self.file_digest);
        out.optional("DecryptionKey", self.decryption_key.as_ref());
    }
}
