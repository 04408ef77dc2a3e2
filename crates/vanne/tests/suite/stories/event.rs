//! What happens in a story beside commands.

use std::collections::HashMap;

use testkit::agent::{Agent, AgentProfile};
use testkit::catalogs::small;
use testkit::documents::broken;
use testkit::machine::{Machine, MachineProfile};

use crate::harness::{ServerProcess, Site};

/// The computers of a story, by name.
#[derive(Default)]
pub(super) struct Events {
    computers: HashMap<String, Agent>,
}

impl Events {
    /// Does what a line says, and returns what is seen of it.
    ///
    /// | Line | Means |
    /// |---|---|
    /// | `! documents arrive` | the small catalog is in `documents`, its files in `files` |
    /// | `! a broken document arrives` | one whose file has no digest, beside a good one, in `more` |
    /// | `! the file PATH is damaged` | a byte of it changes, its length does not |
    /// | `! computer NAME scans` | a simulated computer scans and reports |
    /// | `! computer NAME updates` | it scans, downloads, installs, reports |
    /// | `! computer NAME of GROUP scans` | the same, claiming a group by its own policy |
    pub(super) fn happen(&mut self, happening: &str, site: &Site, server: Option<&ServerProcess>) -> String {
        match happening.split(' ').collect::<Vec<_>>().as_slice() {
            ["documents", "arrive"] => {
                site.write_catalog(&small());
                String::new()
            }
            ["a", "broken", "document", "arrives"] => {
                site.write("more/broken.xml", broken::without_digest().document);
                site.write("more/good.xml", testkit::documents::Draft::detectoid("A good one").finish().document);
                String::new()
            }
            ["the", "file", path, "is", "damaged"] => {
                let digest: model::Sha1 = path.rsplit('/').next().unwrap().parse().unwrap();
                let file = small().into_iter().flat_map(|made| made.files).find(|file| file.sha1() == digest).unwrap();
                let name = file.sha256().to_string();
                let path = site.data_dir().join("content/files").join(&name[..2]).join(&name);
                let mut bytes = file.bytes.to_vec();
                bytes[0] ^= 1;
                std::fs::write(path, bytes).unwrap();
                String::new()
            }
            ["computer", name, what] => self.work(name, None, what, server.unwrap()),
            ["computer", name, "of", group, what] => self.work(name, Some(group), what, server.unwrap()),
            _ => panic!("{happening:?} cannot happen"),
        }
    }

    fn work(&mut self, name: &str, group: Option<&str>, what: &str, server: &ServerProcess) -> String {
        let number = self.computers.len();
        let agent = self.computers.entry(name.to_owned()).or_insert_with(|| {
            let machine = Machine::new(MachineProfile::Windows11, number);
            let profile = AgentProfile::new(machine, number as u64 + 1);
            let profile = match group {
                Some(group) => profile.claiming(group),
                None => profile,
            };
            Agent::new(server.url(), profile).unwrap()
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let done = runtime.block_on(async {
            match what {
                "scans" => {
                    agent.scan().await?;
                    agent.report().await
                }
                "updates" => agent.update().await,
                other => panic!("a computer cannot do {other:?}"),
            }
        });
        let summary = agent.take_summary();
        if let Err(error) = done {
            return format!("{name} gave up: {}", server::admin::chain(&error));
        }
        assert_eq!(summary.findings_count, 0, "a stock client would stumble: {:?}", summary.findings);
        match what {
            "scans" => format!("{} is offered {} updates", agent.machine().dns_name(), agent.offers().len()),
            _ => format!(
                "{} installed {} updates from {} files; {} are offered still",
                agent.machine().dns_name(),
                summary.installed,
                summary.files,
                agent.offers().len()
            ),
        }
    }
}
