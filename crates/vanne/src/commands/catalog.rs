//! `vanne catalog`: import documents, show their fragments, find what is wrong with them.

mod content;
mod import;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use metadata::Severity;
use serde::Serialize;

use crate::arguments::{CatalogCommand, FragmentArguments, FragmentKind, LintArguments};
use crate::documents;
use crate::exit::{Failure, PARTIAL};
use crate::output::{Output, line};

pub(crate) async fn run(command: CatalogCommand, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        CatalogCommand::Import(arguments) => import::run(arguments, output).await,
        CatalogCommand::Fragment(arguments) => fragment(&arguments),
        CatalogCommand::Lint(arguments) => lint(&arguments, output),
    }
}

fn fragment(arguments: &FragmentArguments) -> Result<ExitCode, Failure> {
    let (_, fragments) = metadata::read(&read(&arguments.file)?)
        .with_context(|| format!("{} is not an update document", arguments.file.display()))?;
    let is_language = |language: &str| language.eq_ignore_ascii_case(&arguments.language);
    let text = match arguments.kind {
        FragmentKind::Core => Some(fragments.core),
        FragmentKind::Extended => Some(fragments.extended),
        FragmentKind::Localized => {
            fragments.localized.into_iter().find(|fragment| is_language(&fragment.language)).map(|found| found.text)
        }
        FragmentKind::Eula => {
            fragments.eulas.into_iter().find(|fragment| is_language(&fragment.language)).map(|found| found.text)
        }
    };
    match text {
        Some(text) => {
            line(&text)?;
            Ok(ExitCode::SUCCESS)
        }
        None => Err(Failure::not_found(format!(
            "{} has no such fragment in the language {}",
            arguments.file.display(),
            arguments.language
        ))),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let context = || format!("could not read {}", file.display());
    documents::without_utf16(std::fs::read(file).with_context(context)?)
        .map_err(anyhow::Error::msg)
        .with_context(context)
}

/// One line of `vanne catalog lint`.
#[derive(Serialize)]
struct Remark {
    document: String,
    severity: &'static str,
    line: usize,
    column: usize,
    what: String,
    remedy: String,
}

fn lint(arguments: &LintArguments, output: &Output) -> Result<ExitCode, Failure> {
    let mut remarks = Vec::new();
    let mut documents = 0_u64;
    for file in documents::files(&arguments.files)? {
        documents::read(&file, |found| {
            documents += 1;
            remarks.extend(remarks_on(found));
            Ok(())
        })?;
    }
    let errors = remarks.iter().filter(|remark| remark.severity == "error").count();
    output.print(&remarks, |remarks| {
        let mut text: String = remarks
            .iter()
            .map(|remark| {
                let Remark { document, severity, line, column, what, remedy } = remark;
                format!("{document}:{line}:{column}: {severity}: {what}; {remedy}\n")
            })
            .collect();
        text.push_str(&format!("{documents} documents, {errors} errors, {} warnings", remarks.len() - errors));
        text
    })?;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

fn remarks_on(found: documents::Found) -> Vec<Remark> {
    let documents::Found { name, bytes } = found;
    let bytes = match documents::without_utf16(bytes) {
        Ok(bytes) => bytes,
        Err(what) => {
            let remedy = documents::CONVERT.to_owned();
            return vec![Remark {
                document: name,
                severity: "error",
                line: 1,
                column: 1,
                what: what.to_owned(),
                remedy,
            }];
        }
    };
    let remark = |finding: metadata::Finding| Remark {
        document: name.clone(),
        severity: if finding.severity == Severity::Error { "error" } else { "warning" },
        line: finding.line,
        column: finding.column,
        what: finding.what,
        remedy: finding.remedy,
    };
    metadata::lint(&name, &bytes).into_iter().map(remark).collect()
}
