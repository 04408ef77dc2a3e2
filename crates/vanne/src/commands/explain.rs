//! `vanne explain`: step by step, why a computer is or is not offered an update.

use std::process::ExitCode;

use server::admin::api::{ExplainAnswer, ExplainQuery};

use crate::administration::Administration;
use crate::arguments::ExplainArguments;
use crate::exit::Failure;
use crate::output::Output;

pub(crate) async fn run(arguments: ExplainArguments, output: &Output) -> Result<ExitCode, Failure> {
    let administration = Administration::connect(&arguments.place).await?;
    let query = ExplainQuery { computer: arguments.computer, update: arguments.update };
    let answer: ExplainAnswer = administration.read("/api/v1/explain", &query).await?;
    output.print(&answer, |answer| answer.text.clone())?;
    Ok(ExitCode::SUCCESS)
}
