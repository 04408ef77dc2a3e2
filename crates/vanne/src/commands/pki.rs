//! `vanne pki`: certificates, and what computers need to trust them.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _, stdin};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use pki::{PEM_BYTES_MAX, PFX_BYTES_MAX};
use serde::Serialize;
use server::admin::api::{
    CertificateSummary, CertificateUse, ExportedFile, PkiAnswer, PkiAuthority, PkiImport, PkiInstall, PkiRequest,
};

use crate::administration::Administration;
use crate::arguments::{PfxArguments, PkiCommand};
use crate::exit::Failure;
use crate::output::{Output, note, table};

/// Longest password of a PFX file, with its line's end.
const PASSWORD_BYTES_MAX: u64 = 4 * 1024;

pub(crate) async fn run(command: PkiCommand, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        PkiCommand::Ca(place) => {
            let answer: PkiAuthority =
                Administration::connect_or_make(&place).await?.read("/api/v1/pki/ca", &()).await?;
            output.print(&answer, |answer| answer.certificate.clone())?;
        }
        PkiCommand::Show(place) => {
            let answer: PkiAnswer = Administration::connect(&place).await?.read("/api/v1/pki", &()).await?;
            output.print(&answer, text)?;
        }
        PkiCommand::Renew(place) => tell(&Administration::connect(&place).await?, "renew", &(), output).await?,
        PkiCommand::Reload(place) => tell(&Administration::connect(&place).await?, "reload", &(), output).await?,
        PkiCommand::Request(place) => {
            let administration = Administration::connect_or_make(&place).await?;
            let answer: PkiRequest = administration.send(Method::POST, "/api/v1/pki/request", &()).await?;
            output.print(&answer, |answer| answer.request.clone())?;
        }
        PkiCommand::Install { place, chain } => {
            let request = PkiInstall { chain: bounded(&chain, PEM_BYTES_MAX)?.try_into_text(&chain)? };
            tell(&Administration::connect_or_make(&place).await?, "install", &request, output).await?;
        }
        PkiCommand::Import(arguments) => import(arguments, output).await?,
        PkiCommand::Export { place, to } => {
            let files: Vec<ExportedFile> =
                Administration::connect(&place).await?.read("/api/v1/pki/export", &()).await?;
            write(&to, &files)?;
            output.say(&format!("written to {}:", to.display()));
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            output.print(&names, |names| names.join("\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Has something done, and shows what there is then.
async fn tell(
    administration: &Administration,
    what: &str,
    request: &impl Serialize,
    output: &Output,
) -> Result<(), Failure> {
    let path = format!("/api/v1/pki/{what}");
    let answer: PkiAnswer = administration.send(Method::POST, &path, request).await?;
    output.print(&answer, text)
}

async fn import(arguments: PfxArguments, output: &Output) -> Result<(), Failure> {
    let PfxArguments { place, file, password_file } = arguments;
    let pfx = STANDARD.encode(bounded(&file, PFX_BYTES_MAX)?.0);
    let password = match password_file {
        Some(path) => first_line(File::open(&path).with_context(|| format!("could not read {}", path.display()))?)?,
        None => {
            if stdin().is_terminal() {
                note(
                    "the password of the PFX file, which will be seen as you type (--password-file takes it from a file):",
                );
            }
            first_line(stdin())?
        }
    };
    tell(&Administration::connect_or_make(&place).await?, "import", &PkiImport { pfx, password }, output).await
}

/// Never from the command line, which everybody on this machine can read.
fn first_line(input: impl std::io::Read) -> Result<String, Failure> {
    let mut text = String::new();
    BufReader::new(input.take(PASSWORD_BYTES_MAX)).read_line(&mut text).context("could not read the password")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// What is in a file.
struct Content(Vec<u8>);

impl Content {
    fn try_into_text(self, path: &Path) -> Result<String, Failure> {
        String::from_utf8(self.0).map_err(|_| {
            Failure::usage(format!(
                "{} is no PEM text; `openssl x509 -inform DER -in FILE` or, for a .p7b, `openssl pkcs7 -print_certs -in FILE` makes one",
                path.display()
            ))
        })
    }
}

fn bounded(path: &Path, most: usize) -> Result<Content, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes));
    file.with_context(|| format!("could not read {}", path.display()))?;
    if bytes.len() > most {
        return Err(Failure::usage(format!("{} has more than {most} bytes: it is something else", path.display())));
    }
    Ok(Content(bytes))
}

/// Writes what a server gave out as files.
pub(super) fn write(to: &Path, files: &[ExportedFile]) -> Result<(), Failure> {
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
    for file in files {
        let content = STANDARD.decode(&file.content).context("the server's answer is not understood")?;
        // A name, whatever the server says.
        let name = Path::new(&file.name).file_name().context("the server's answer names no file")?;
        let path = to.join(name);
        fs::write(&path, content).with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

fn text(answer: &PkiAnswer) -> String {
    let mut text = match (&answer.source, answer.https_port) {
        (Some(source), Some(port)) => format!("HTTPS on port {port}; certificates: {source}\n"),
        (Some(source), None) => format!("no server runs; certificates: {source}\n"),
        (None, _) => "there are no certificates yet; they are made when a server starts\n".to_owned(),
    };
    if !answer.certificates.is_empty() {
        text.push('\n');
        text.push_str(&table(["Use", "For", "Names", "Key", "Until", "Days"], answer.certificates.iter().map(row)));
        text.push_str("\n\n");
        for one in &answer.certificates {
            text.push_str(&format!(
                "{}\n  SHA-256       {}\n  of its key    {}\n",
                one.subject, one.sha256, one.key_sha256
            ));
        }
    }
    for trouble in &answer.troubles {
        text.push_str(&format!("\ntrouble: {trouble}"));
    }
    text
}

fn row(one: &CertificateSummary) -> [String; 6] {
    let usage = match one.usage {
        CertificateUse::Server => "server",
        CertificateUse::Issuer => "issuer",
        CertificateUse::Authority => "authority",
    };
    let names = if one.names.is_empty() { "-".to_owned() } else { one.names.join(" ") };
    [
        usage.to_owned(),
        one.subject.clone(),
        names,
        one.key.clone(),
        one.not_after.to_string(),
        one.days_left.to_string(),
    ]
}
