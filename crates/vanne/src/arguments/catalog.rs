//! `vanne catalog`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Import documents, folders of documents, and files of one document a line
    Import(ImportArguments),
    /// Print what clients are sent of a document
    Fragment(FragmentArguments),
    /// Explain what is wrong with documents, and where
    Lint(LintArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Documents and folders
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Folder with content files, which are recognised by their digest
    #[arg(long, value_name = "DIR")]
    pub(crate) content: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FragmentArguments {
    /// Which fragment
    #[arg(long, value_enum)]
    pub(crate) kind: FragmentKind,
    /// Language of a localized or EULA fragment
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    pub(crate) language: String,
    /// The document
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FragmentKind {
    Core,
    Extended,
    Localized,
    Eula,
}

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Documents and folders
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}
