//! `vanne upstream trust`, `probe` and `pins`: whom upstreams' certificates must come from.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use http::Method;
use pins::PinSet;
use server::admin::api::{PinsAnswer, ProbeAnswer, ProbeRequest, SignerRequest, UpstreamTrust, UpstreamTrustRequest};
use trust::SigningKey;

use crate::administration::Administration;
use crate::arguments::{PinsCommand, Place, UpstreamTrustArguments};
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, line, table};

const TRUST: &str = "/api/v1/upstream/trust";
const PINS: &str = "/api/v1/upstream/pins";

/// Says whom the certificate of `url` must come from.
pub(super) async fn say(
    administration: &Administration,
    url: &str,
    proxy: Option<String>,
    said: &UpstreamTrustArguments,
) -> Result<Vec<UpstreamTrust>, Failure> {
    let authority = said.ca.as_deref().map(read).transpose()?;
    let (keys, accept) = (said.pin.clone(), said.accept_pin);
    let request = UpstreamTrustRequest { url: url.to_owned(), proxy, authority, keys, accept };
    administration.send(Method::PUT, TRUST, &request).await
}

pub(super) async fn trust(
    place: &Place,
    url: Option<String>,
    said: &UpstreamTrustArguments,
    forget: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(place).await?;
    let all = match url {
        Some(url) if forget || !said.is_empty() => say(&administration, &url, None, said).await?,
        Some(url) => {
            return Err(Failure::usage(format!(
                "say whom to trust for {url}: with --ca, --pin or --accept-pin; `vanne upstream probe --url {url}` shows \
                 who answers there"
            )));
        }
        None if said.is_empty() => administration.read(TRUST, &()).await?,
        None => return Err(Failure::usage("say for which upstream, with --url")),
    };
    output.print(&all, |all| {
        let rows = all.iter().map(|one| {
            let authorities =
                one.authorities.iter().map(|authority| format!("{} until {}", authority.name, authority.at));
            let keys = one.keys.iter().map(ToString::to_string);
            let whom: Vec<String> = authorities.chain(keys).collect();
            let since = one.since.map_or_else(String::new, |since| since.to_string());
            [one.upstream.clone(), since, whom.join(", ")]
        });
        table(["Upstream", "Since", "Trusted"], rows)
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn probe(place: &Place, url: String, kind: sync::Kind, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(place).await?;
    let request = ProbeRequest { url, kind };
    let answer: ProbeAnswer = administration.send(Method::POST, "/api/v1/upstream/probe", &request).await?;
    output.print(&answer, probed)?;
    Ok(if answer.refused.is_some() { ExitCode::from(PARTIAL) } else { ExitCode::SUCCESS })
}

fn probed(answer: &ProbeAnswer) -> String {
    let ProbeAnswer { upstream, is_plain, certificates, refused, accept, date, .. } = answer;
    let mut text = match (is_plain, refused) {
        (true, _) => format!("{upstream} answers without TLS: nobody can say who it is"),
        (false, None) => format!("{upstream} is trusted"),
        (false, Some(reason)) => reason.clone(),
    };
    if let Some(date) = date {
        text.push_str(&format!("\nits clock says {date}"));
    }
    if let Some(accept) = accept {
        text.push_str(&format!("\nif its administrator confirms that key: `{accept}`"));
    }
    if !certificates.is_empty() {
        let rows = certificates.iter().map(|one| {
            [one.subject.to_string(), one.issuer.to_string(), one.not_after.to_string(), one.key.to_string()]
        });
        text.push_str("\n\n");
        text.push_str(&table(["Certificate of", "Issued by", "Until", "Key"], rows));
    }
    text
}

pub(super) async fn pins(command: PinsCommand, output: &Output) -> Result<ExitCode, Failure> {
    let answer: PinsAnswer = match command {
        PinsCommand::Show(place) => Administration::connect(&place).await?.read(PINS, &()).await?,
        PinsCommand::Import { place, file } => {
            let text = read(&file)?;
            let administration = Administration::connect(&place).await?;
            administration.post_text(PINS, text).await?
        }
        PinsCommand::Trust { place, signer, remove } => {
            let signer = signer.parse().map_err(|error: trust::SigningError| Failure::usage(error.to_string()))?;
            let request = SignerRequest { signer, is_trusted: !remove };
            Administration::connect(&place).await?.send(Method::POST, "/api/v1/upstream/pins/signers", &request).await?
        }
        PinsCommand::Sign { file, key } => return sign(&file, &key),
    };
    output.print(&answer, shown)?;
    Ok(ExitCode::SUCCESS)
}

fn shown(answer: &PinsAnswer) -> String {
    let from = if answer.is_built_in { "as they came with this program" } else { "imported" };
    let mut text = format!("version {}, {from}, in force until {}\n\n", answer.version, answer.not_after);
    text.push_str(&table(
        ["Hosts", "Authority", "Until", "Key"],
        answer.authorities.iter().map(|one| {
            let until = one.not_after.map_or_else(|| "-".to_owned(), |at| at.to_string());
            let key = one.key.map_or_else(
                || "not known: refused until pins are imported that have it".to_owned(),
                |key| key.to_string(),
            );
            [one.hosts.clone(), one.name.clone(), until, key]
        }),
    ));
    for expiring in &answer.expiring {
        text.push_str(&format!("\n{} expires at {}: import newer pins before", expiring.name, expiring.at));
    }
    match answer.signers.as_slice() {
        [] => text.push_str("\n\nnobody's files of pins are taken: `vanne upstream pins trust` names a key"),
        signers => {
            text.push_str("\n\nfiles of pins are taken that are signed with");
            signers.iter().for_each(|signer| text.push_str(&format!("\n  {signer}")));
        }
    }
    text
}

fn sign(file: &Path, key: &Path) -> Result<ExitCode, Failure> {
    let key =
        SigningKey::from_pem(&read(key)?).map_err(|error| Failure::usage(format!("{}: {error}", key.display())))?;
    // To the byte what is printed.
    let text = format!("{}\n", read(file)?.trim_end());
    let signed =
        PinSet::sign(text.as_bytes(), &key).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    line(String::from_utf8_lossy(&signed).trim_end_matches('\n'))?;
    crate::output::note(&format!(
        "servers take it after `vanne upstream pins trust {}`",
        key.verifying_key().fingerprint()
    ));
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String, Failure> {
    Ok(std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?)
}
