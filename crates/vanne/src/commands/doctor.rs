//! `vanne doctor`: looks at everything the server needs, and says what was found and what to do. Each check is bounded in
//! time, and those of the network run side by side.

mod check;
mod clock;
mod firewall;
mod host;
mod network;
mod signatures;
mod upstream;

use std::process::ExitCode;
use std::time::Duration;

use futures::future::join_all;
use server::Config;
use server::admin::api::Facts;

use crate::administration::{Administration, configuration};
use crate::arguments::{DoctorArguments, Place};
use crate::exit::Failure;
use crate::output::Output;
use check::{Check, Report};

/// How long the server, or its database, may take to say anything at all.
const FACTS: Duration = Duration::from_secs(20);

pub(crate) async fn run(arguments: DoctorArguments, output: &Output) -> Result<ExitCode, Failure> {
    let DoctorArguments { data_dir, config, database, firewall } = arguments;
    let place = data_dir.map(|data_dir| Place { data_dir, config, database });
    let config = place.as_ref().map_or_else(|| Ok(Config::default()), configuration)?;
    let (administration, facts, mut checks) = match &place {
        Some(place) => state(place).await,
        None => (None, None, Vec::new()),
    };
    if firewall {
        output.print(&firewall::list(&config, facts.as_ref()), |rules| firewall::text(rules))?;
        return Ok(ExitCode::SUCCESS);
    }
    checks.extend(host::checks(&config, facts.as_ref(), place.as_ref()));
    checks.extend(network::environment(&config, facts.as_ref()));
    let (lists, upstreams, ports) = tokio::join!(
        signatures::check(administration.as_ref()),
        upstream::checks(administration.as_ref(), facts.as_ref()),
        join_all(network::needed(&config, facts.as_ref()).into_iter().map(network::reach)),
    );
    checks.extend(lists);
    checks.extend(upstreams);
    checks.extend(ports);
    let report = Report { checks };
    output.print(&report, Report::text)?;
    Ok(report.exit_code())
}

/// The server's own account of itself, by itself or, when none runs, from its state.
async fn state(place: &Place) -> (Option<Administration>, Option<Facts>, Vec<Check>) {
    let asked = tokio::time::timeout(FACTS, async {
        let administration = Administration::connect(place).await?;
        let facts: Facts = administration.read("/api/v1/facts", &()).await?;
        Ok::<_, Failure>((administration, facts))
    });
    match asked.await {
        Ok(Ok((administration, facts))) => {
            let found = match &administration {
                Administration::Server(_) => "running, and answers",
                Administration::Here(_) => "does not run; its state can be opened",
            };
            let mut checks = vec![Check::good("server", found)];
            checks.push(Check::good("database", format!("{} answers", facts.database)));
            checks.extend(facts.database_now.map(|there| clock::against("the database", facts.now, there)));
            (Some(administration), Some(facts), checks)
        }
        Ok(Err(failure)) => {
            let remedy =
                "look at the data folder, its owner and at the database; `vanne serve` says the same at its start";
            (None, None, vec![Check::failed("state", failure.to_string(), remedy)])
        }
        Err(_) => {
            let found = format!("nothing was answered within {} seconds", FACTS.as_secs());
            let remedy = "the server or its database hangs: look at its log, at the disk and at database.url";
            (None, None, vec![Check::failed("state", found, remedy)])
        }
    }
}
