//! `vanne trust`: who signed a file, whether that is one who may, and who may at all.

mod text;

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use authenticode::{Class, Outcome, Policy, Question, RevocationDemand, RevocationLists, Trust, examine};
use model::Timestamp;
use server::admin::api::{ExportedFile, RevocationListsAnswer};

use crate::administration::Administration;
use crate::arguments::{TrustCommand, VerifyArguments};
use crate::exit::Failure;
use crate::output::Output;

/// Longest certificate or revocation list that is read.
const SIDE_FILE_BYTES_MAX: u64 = authenticode::limits::CRL_BYTES_MAX as u64;

pub(crate) async fn run(command: TrustCommand, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        TrustCommand::Verify(arguments) => return verify(&arguments, output),
        TrustCommand::Policy => output.print(&Policy::builtin().summary(), text::policy)?,
        TrustCommand::Lists { place, to } => {
            let administration = Administration::connect(&place).await?;
            let answer: RevocationListsAnswer = administration.read("/api/v1/signatures/lists", &()).await?;
            if let Some(to) = to {
                let files: Vec<ExportedFile> = administration.read("/api/v1/signatures/lists/files", &()).await?;
                super::pki::write(&to, &files)?;
            }
            output.print(&answer, text::lists)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(arguments: &VerifyArguments, output: &Output) -> Result<ExitCode, Failure> {
    let trust = trust(arguments)?;
    let mut file = open(&arguments.file)?;
    let examination = examine(&mut file).with_context(|| format!("could not read {}", arguments.file.display()))?;
    let question = Question {
        class: arguments.class.map_or(Class::OsUpdate, Class::from),
        at: arguments.at.unwrap_or_else(Timestamp::now),
        revocation: if arguments.require_crl { RevocationDemand::Known } else { RevocationDemand::IfAtHand },
        expected: arguments.sha256,
    };
    let verdict = if arguments.class.is_some() {
        trust.judge(&examination, &question)
    } else {
        trust.judge_any(&examination, &question)
    };
    output.print(&verdict, |verdict| text::verdict(verdict, &arguments.file, arguments.explain))?;
    Ok(if verdict.outcome == Outcome::Accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The policy that comes with the program, with what was added on the command line.
fn trust(arguments: &VerifyArguments) -> Result<Trust, Failure> {
    let mut trust = Trust { policy: Policy::builtin(), revocation_lists: RevocationLists::new() };
    for path in &arguments.publisher {
        let bytes = side_file(path)?;
        trust
            .policy
            .add_local_publisher(&bytes)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    }
    for path in &arguments.crl {
        let bytes = side_file(path)?;
        trust.revocation_lists.add(&bytes).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    }
    Ok(trust)
}

fn side_file(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let read = open(path)?.take(SIDE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.with_context(|| format!("could not read {}", path.display()))?;
    if bytes.len() as u64 > SIDE_FILE_BYTES_MAX {
        return Err(Failure::usage(format!("{} has more than {SIDE_FILE_BYTES_MAX} bytes", path.display())));
    }
    Ok(bytes)
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::not_found(format!("there is no file {}", path.display())),
        _ => anyhow::Error::new(error).context(format!("could not open {}", path.display())).into(),
    })
}
