use model::UpdateIdentity;

use super::{Cookie, FileLocation, InfoType, UpdateData};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks for fragments by global name; meant for encrypted updates (MS-WUSP 2.2.2.2.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetExtendedUpdateInfo2 {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The revisions; at most `MaxExtendedUpdatesPerRequest`.
    pub update_ids: Option<Vec<UpdateIdentity>>,
    /// Which fragments.
    pub info_types: Option<Vec<InfoType>>,
    /// Languages.
    pub locales: Option<Vec<String>>,
    /// Free text; no meaning here.
    pub caller_attributes: Option<String>,
}

impl Wire for GetExtendedUpdateInfo2 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "updateIDs" => {
                    let ids = request.update_ids.get_or_insert_default();
                    input.list("UpdateIdentity", limits::EXTENDED_UPDATES, ids)?;
                }
                "infoTypes" => {
                    let types = request.info_types.get_or_insert_default();
                    input.list("XmlUpdateFragmentType", limits::INFO_TYPES, types)?;
                }
                "locales" => input.list("string", limits::LOCALES, request.locales.get_or_insert_default())?,
                "callerAttributes" => {
                    request.caller_attributes = Some(input.text(limits::LONG_TEXT)?.into_owned());
                }
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional_array("updateIDs", "UpdateIdentity", self.update_ids.as_deref());
        out.optional_array("infoTypes", "XmlUpdateFragmentType", self.info_types.as_deref());
        out.optional_array("locales", "string", self.locales.as_deref());
        out.optional("callerAttributes", self.caller_attributes.as_ref());
    }
}

/// The answer to [`GetExtendedUpdateInfo2`]; a server without encrypted content fills the first two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtendedUpdateInfo2 {
    /// One for each fragment.
    pub updates: Vec<UpdateData>,
    /// Where the revisions' files are.
    pub file_locations: Vec<FileLocation>,
    /// Keys of encrypted files.
    pub file_decryption_data: Vec<FileDecryption>,
    /// The same in a later form.
    pub file_decryption_data2: Vec<FileDecryption>,
    /// Which revisions have encrypted files.
    pub update_encryption_details: Vec<UpdateEncryptionDetail>,
}

impl Wire for ExtendedUpdateInfo2 {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut info = Self::default();
        input.fields(|input, name| match name {
            "Updates" => input.list("Update", limits::ANSWER_LIST, &mut info.updates),
            "FileLocations" => input.list("FileLocation", limits::ANSWER_LIST, &mut info.file_locations),
            "FileDecryptionData" => input.list("FileDecryption", limits::ANSWER_LIST, &mut info.file_decryption_data),
            "FileDecryptionData2" => {
                input.list("FileDecryption2", limits::ANSWER_LIST, &mut info.file_decryption_data2)
            }
            "UpdateEncryptionDetails" => {
                input.list("UpdateEncryptionDetail", limits::ANSWER_LIST, &mut info.update_encryption_details)
            }
            _ => input.skip(),
        })?;
        Ok(info)
    }

    fn write(&self, out: &mut Output) {
        out.list("Updates", "Update", &self.updates);
        out.list("FileLocations", "FileLocation", &self.file_locations);
        out.list("FileDecryptionData", "FileDecryption", &self.file_decryption_data);
        out.list("FileDecryptionData2", "FileDecryption2", &self.file_decryption_data2);
        out.list("UpdateEncryptionDetails", "UpdateEncryptionDetail", &self.update_encryption_details);
    }
}

/// The key of an encrypted file (`FileDecryption` and `FileDecryption2`, which have the same children).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileDecryption {
    /// Digest of the file.
    pub file_digest: Vec<u8>,
    /// The key.
    pub decryption_key: Vec<u8>,
    /// Exactly one element, equal to the key.
    pub security_data: Vec<Vec<u8>>,
}

impl Wire for FileDecryption {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut decryption = Self::default();
        input.fields(|input, name| {
            match name {
                "FileDigest" => decryption.file_digest = input.value()?,
                "DecryptionKey" => decryption.decryption_key = input.value()?,
                "SecurityData" => input.list("base64Binary", limits::ANSWER_LIST, &mut decryption.security_data)?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(decryption)
    }

    fn write(&self, out: &mut Output) {
        out.field("FileDigest", &self.file_digest);
        out.field("DecryptionKey", &self.decryption_key);
        out.list("SecurityData", "base64Binary", &self.security_data);
    }
}

/// Whether a revision has encrypted files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateEncryptionDetail {
    /// The revision.
    pub update_identity: UpdateIdentity,
    /// It has.
    pub has_encrypted_files: bool,
}

impl Wire for UpdateEncryptionDetail {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut update_identity, mut has_encrypted_files) = (None, None);
        input.fields(|input, name| {
            match name {
                "UpdateIdentity" => update_identity = Some(input.value()?),
                "HasEncryptedFiles" => has_encrypted_files = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            update_identity: input.required(update_identity, "UpdateIdentity")?,
            has_encrypted_files: input.required(has_encrypted_files, "HasEncryptedFiles")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("UpdateIdentity", &self.update_identity);
        out.field("HasEncryptedFiles", &self.has_encrypted_files);
    }
}
