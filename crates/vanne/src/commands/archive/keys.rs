//! `vanne archive key` and `vanne archive trust`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use http::Method;
use server::admin::api::{ArchiveImportAnswer, ArchiveKey, LearnedKey, TrustRequest, TrustedKey};
use trust::Fingerprint;

use crate::administration::Administration;
use crate::arguments::TrustArguments;
use crate::exit::Failure;
use crate::output::{Output, table};

const TRUSTED: &str = "/api/v1/archive/trusted";
/// A file with a key, which has about 200 bytes.
const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

const KEY: &str = "/api/v1/archive/key";

/// The key; a new one with `renew`.
pub(super) async fn show(administration: &Administration, renew: bool, output: &Output) -> Result<ExitCode, Failure> {
    let key: ArchiveKey = match renew {
        true => administration.send(Method::POST, KEY, &()).await?,
        false => administration.read(KEY, &()).await?,
    };
    output.print(&key, |key| {
        let ArchiveKey { name, server, fingerprint } = key;
        format!(
            "{fingerprint}\nsigns the archives of {name} ({server}); where they are to be imported: \
             `vanne archive trust {fingerprint} --name {name}`"
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What an import learned of keys, as a line before everything else.
pub(super) fn learned(answer: &ArchiveImportAnswer) -> String {
    let Some(LearnedKey { old, fingerprint, .. }) = &answer.learned else { return String::new() };
    if answer.is_only_verified {
        return format!(
            "{} signs with a new key, {fingerprint}, for which the one trusted here vouches ({old}): to import the archive trusts it\n",
            answer.archive.server
        );
    }
    format!(
        "{} signs with a new key, {fingerprint}, for which the one trusted here vouches: it is trusted from now on; once no \
         older archive is to be imported, `vanne archive trust {old} --remove`\n",
        answer.archive.server
    )
}

pub(super) async fn trust(arguments: TrustArguments, output: &Output) -> Result<ExitCode, Failure> {
    let TrustArguments { place, key, name, list, remove } = arguments;
    let administration = Administration::connect(&place).await?;
    let keys: Vec<TrustedKey> = match key {
        Some(key) if !list => {
            let (fingerprint, named) = read_key(&key)?;
            if remove {
                administration.send(Method::DELETE, &format!("{TRUSTED}/{fingerprint}"), &()).await?
            } else {
                let request = TrustRequest { fingerprint, name: name.or(named) };
                administration.send(Method::POST, TRUSTED, &request).await?
            }
        }
        _ => administration.read(TRUSTED, &()).await?,
    };
    output.print(&keys, |keys| {
        if keys.is_empty() {
            return "no key is trusted: no archive is imported".to_owned();
        }
        table(
            ["Name", "Trusted since", "Key"],
            keys.iter().map(|key| {
                let name = key.name.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
                [name, key.trusted_at.to_string(), key.fingerprint.to_string()]
            }),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The key that is meant: a fingerprint, or a file that has one, by itself or as `vanne archive key` prints it.
fn read_key(text: &str) -> Result<(Fingerprint, Option<archive::ServerName>), Failure> {
    if let Ok(fingerprint) = text.parse() {
        return Ok((fingerprint, None));
    }
    let path = Path::new(text);
    if !path.exists() {
        return Err(Failure::usage(format!(
            "{text} is neither the fingerprint of a key (64 hex digits, which `vanne archive key` shows) nor a file"
        )));
    }
    let mut content = String::new();
    let file = File::open(path).and_then(|file| file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut content));
    file.with_context(|| format!("could not read {text}"))?;
    if let Ok(key) = serde_json::from_str::<ArchiveKey>(&content) {
        return Ok((key.fingerprint, Some(key.name)));
    }
    match content.lines().next().unwrap_or_default().parse() {
        Ok(fingerprint) => Ok((fingerprint, None)),
        Err(_) => Err(Failure::usage(format!("{text} holds no key as `vanne archive key` prints it"))),
    }
}
