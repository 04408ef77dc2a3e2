use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use testkit::agent::{Agent, AgentProfile, Network};
use testkit::machine::{Machine, MachineProfile};

use crate::figures::Spread;
use crate::process::Server;

/// Repeat scans of one computer over a kept connection, plain and over TLS in turn.
#[derive(Debug, Serialize)]
pub(crate) struct Scans {
    plain_cpu_ms: Spread,
    secured_cpu_ms: Spread,
    /// TLS in parts of plain, of runs that followed each other.
    ratio: Spread,
}

impl Scans {
    pub(crate) fn measure(server: &Server, authority: &str, runs: u32, time: Duration) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut plain = agent(&format!("http://127.0.0.1:{}", server.port), authority, 1)?;
            let mut secured = agent(&format!("https://127.0.0.1:{}", server.https_port), authority, 2)?;
            // The first scan of each is another matter.
            for agent in [&mut plain, &mut secured] {
                agent.scan().await.context("a scan failed")?;
            }
            let (mut plain_cpu, mut secured_cpu) = (Vec::new(), Vec::new());
            for _ in 0..runs {
                plain_cpu.push(cpu_ms(server, &mut plain, time).await?);
                secured_cpu.push(cpu_ms(server, &mut secured, time).await?);
            }
            let ratio = Spread::of(secured_cpu.iter().zip(&plain_cpu).map(|(secured, plain)| secured / plain));
            Ok(Self { plain_cpu_ms: Spread::of(plain_cpu), secured_cpu_ms: Spread::of(secured_cpu), ratio })
        })
    }

    pub(crate) fn lines(&self) -> [(&'static str, String); 3] {
        [
            ("repeat scan, plain", format!("{} ms of CPU", self.plain_cpu_ms)),
            ("repeat scan, TLS", format!("{} ms of CPU", self.secured_cpu_ms)),
            ("TLS / plain", self.ratio.to_string()),
        ]
    }
}

fn agent(url: &str, authority: &str, number: usize) -> anyhow::Result<Agent> {
    let network = Network::trusting(url, authority).context("could not speak to the server")?;
    let machine = Machine::new(MachineProfile::Windows11, number);
    Ok(Agent::on(&network, AgentProfile::new(machine, number as u64)))
}

/// What one scan costs the server, of all within a while.
async fn cpu_ms(server: &Server, agent: &mut Agent, time: Duration) -> anyhow::Result<f64> {
    let before = server.process.cpu_seconds()?;
    let (until, mut scans) = (Instant::now() + time, 0_u32);
    while Instant::now() < until {
        agent.scan().await.context("a scan failed")?;
        scans += 1;
    }
    Ok((server.process.cpu_seconds()? - before) * 1e3 / f64::from(scans))
}
