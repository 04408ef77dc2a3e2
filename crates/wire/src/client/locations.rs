use model::Sha1;

use super::Cookie;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks where files are (MS-WUSP 2.2.2.2.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetFileLocations {
    /// The session.
    pub cookie: Option<Cookie>,
    /// The files, by SHA-1 only; a digest of another length is a fault (MS-WUSP 3.1.5.10).
    pub file_digests: Option<Vec<Sha1>>,
}

impl Wire for GetFileLocations {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "cookie" => input.value().map(|cookie| request.cookie = Some(cookie)),
            "fileDigests" => {
                input.list("base64Binary", limits::FILE_DIGESTS, request.file_digests.get_or_insert_default())
            }
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional_array("fileDigests", "base64Binary", self.file_digests.as_deref());
    }
}

/// The answer to [`GetFileLocations`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetFileLocationsResults {
    /// Of the digests the server knows; the others have no entry.
    pub file_locations: Vec<FileLocation>,
    /// The session from now on.
    pub new_cookie: Cookie,
}

impl Wire for GetFileLocationsResults {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut results = Self::default();
        input.fields(|input, name| {
            match name {
                "FileLocations" => input.list("FileLocation", limits::ANSWER_LIST, &mut results.file_locations)?,
                "NewCookie" => results.new_cookie = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(results)
    }

    fn write(&self, out: &mut Output) {
        out.list("FileLocations", "FileLocation", &self.file_locations);
        out.field("NewCookie", &self.new_cookie);
    }
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLocation {
    /// The file.
    pub file_digest: Sha1,
    /// Its absolute address, as the client can reach it.
    pub url: String,
    /// Address of the piece hashes for peer transfer; Microsoft's service only.
    pub pieces_hash_url: Option<String>,
    /// Address of the block map; Microsoft's service only.
    pub block_map_url: Option<String>,
    /// How to decrypt it; of `GetExtendedUpdateInfo2`.
    pub decryption_information: Option<String>,
    /// `SHA1`; of `GetExtendedUpdateInfo2`.
    pub file_digest_algorithm: Option<String>,
    /// Digest of the encrypted file; of `GetExtendedUpdateInfo2`.
    pub encrypted_file_digest: Option<Vec<u8>>,
    /// Algorithm of that digest; of `GetExtendedUpdateInfo2`.
    pub encrypted_file_digest_algorithm: Option<String>,
}

impl FileLocation {
    /// The plain form: a digest and an address.
    pub fn new(file_digest: Sha1, url: impl Into<String>) -> Self {
        Self {
            file_digest,
            url: url.into(),
            pieces_hash_url: None,
            block_map_url: None,
            decryption_information: None,
            file_digest_algorithm: None,
            encrypted_file_digest: None,
            encrypted_file_digest_algorithm: None,
        }
    }
}

impl Wire for FileLocation {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut file_digest, mut url) = (None, None);
        let mut location = Self::new(Sha1::new([0; 20]), "");
        input.fields(|input, name| {
            match name {
                "FileDigest" => file_digest = Some(input.value()?),
                "Url" => url = Some(input.value()?),
                "PiecesHashUrl" => location.pieces_hash_url = Some(input.value()?),
                "BlockMapUrl" => location.block_map_url = Some(input.value()?),
                "DecryptionInformation" => location.decryption_information = Some(input.value()?),
                "FileDigestAlgorithm" => location.file_digest_algorithm = Some(input.value()?),
                "EncryptedFileDigest" => location.encrypted_file_digest = Some(input.value()?),
                "EncryptedFileDigestAlgorithm" => location.encrypted_file_digest_algorithm = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        location.file_digest = input.required(file_digest, "FileDigest")?;
        location.url = input.required(url, "Url")?;
        Ok(location)
    }

    fn write(&self, out: &mut Output) {
        out.field("FileDigest", &self.file_digest);
        out.field("Url", &self.url);
        out.optional("PiecesHashUrl", self.pieces_hash_url.as_ref());
        out.optional("BlockMapUrl", self.block_map_url.as_ref());
        out.optional("DecryptionInformation", self.decryption_information.as_ref());
        out.optional("FileDigestAlgorithm", self.file_digest_algorithm.as_ref());
        out.optional("EncryptedFileDigest", self.encrypted_file_digest.as_ref());
        out.optional("EncryptedFileDigestAlgorithm", self.encrypted_file_digest_algorithm.as_ref());
    }
}
