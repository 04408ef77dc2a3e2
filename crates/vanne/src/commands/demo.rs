//! `vanne demo`: updates flow from a publisher over three servers to computers, and what is shown by it. Everybody is a
//! process of his own on this machine.

mod acts;
mod parts;
mod proof;
mod site;
mod stage;
mod teller;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::serve::StopSignal;
use crate::arguments::DemoArguments;
use crate::exit::Failure;
use crate::output::Output;

use acts::Acts;
pub(crate) use parts::play;
use proof::Proof;
use stage::{Script, Stage};
use teller::Teller;

pub(crate) async fn run(arguments: DemoArguments, output: &Output) -> Result<ExitCode, Failure> {
    let mut stop = StopSignal::install()?;
    // Kept until the end: dropping it removes the folder.
    let temporary = tempfile::Builder::new().prefix("vanne-demo-").tempdir().context("could not make a folder")?;
    let folder = arguments.data_dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    be_empty(&folder)?;
    let script = Script::read()?;
    let teller = Teller::new(output, arguments.story);
    let play = async {
        let stage = Stage::set(&folder, &script).await?;
        let proof = Proof::default();
        let computers = shares(arguments.computers as usize);
        let acts = Acts { folder: &folder, stage: &stage, script: &script, teller: &teller, proof, computers };
        let proof = acts.play().await?;
        Ok::<_, Failure>((stage, proof))
    };
    let (stage, proof) = tokio::select! {
        played = play => played?,
        () = stop.wait() => return Err(anyhow::anyhow!("stopped before the job was done").into()),
    };
    output.print(&proof, if arguments.story { Proof::text } else { Proof::text_with_figures })?;
    if !arguments.exit && !arguments.story {
        output.say(&next_steps(&stage));
        stop.wait().await;
    }
    stage.strike().await;
    Ok(if proof.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was there before would be counted as shown.
fn be_empty(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    let mut entries = std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("{} is not empty; name another folder", folder.display()))),
    }
}

/// How many computers are in Paris, Marseille and Strasbourg.
fn shares(computers: usize) -> [usize; 3] {
    let part = (computers / 5).max(1);
    [part, computers.saturating_sub(2 * part), part]
}

fn next_steps(stage: &Stage) -> String {
    let (vanne, paris) = (program(), stage.paris.data_dir.display());
    let marseille = stage.marseille.data_dir.display();
    format!(
        "\nclients reach Paris at {}\ntry next, from another shell:\n  {vanne} servers list --data-dir {paris}\n  \
         {vanne} computers list --data-dir {paris}\n  {vanne} content status --data-dir {paris}\n  {vanne} sync \
         --data-dir {marseille}\n\nThe servers stay up; Ctrl-C ends them.",
        stage.paris.url()
    )
}

/// How this program is called from where it was started: it may be on no path yet.
fn program() -> String {
    let beside = || {
        let (program, here) = (std::env::current_exe().ok()?, std::env::current_dir().ok()?);
        Some(program.strip_prefix(here).ok()?.display().to_string())
    };
    beside().unwrap_or_else(|| "vanne".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_site_has_a_computer() {
        assert_eq!(shares(50), [10, 30, 10]);
        assert_eq!(shares(3), [1, 1, 1]);
    }
}
