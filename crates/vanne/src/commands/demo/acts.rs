//! What happens, act by act, and what each shows.

use std::path::Path;

use model::UpdateState;
use server::admin::api::{ContentStatus, StatusAnswer, Which};
use testkit::catalogs::KB;

use super::parts::{self, Updated};
use super::proof::Proof;
use super::site::ALL;
use super::stage::{Script, Stage};
use super::teller::Teller;
use crate::exit::Failure;
use crate::output::{bytes, count};

/// The demonstration under way.
pub(super) struct Acts<'a> {
    pub(super) folder: &'a Path,
    pub(super) stage: &'a Stage,
    pub(super) script: &'a Script,
    pub(super) teller: &'a Teller<'a>,
    pub(super) proof: Proof,
    /// Computers in Paris, Marseille and Strasbourg.
    pub(super) computers: [usize; 3],
}

impl Acts<'_> {
    /// Plays all of them.
    pub(super) async fn play(mut self) -> Result<Proof, Failure> {
        let [here, below, beside] = self.computers;
        self.teller.act("Persons, each a process of its own.")?;
        self.teller.says("Publisher", "a fake of Microsoft's service, with a catalog of its own")?;
        self.teller.says("Edge", "a cache on the way to it, plain HTTP")?;
        self.teller.says("Paris", &format!("the central server, and {here} computers"))?;
        self.teller.says("Marseille", &format!("its replica, and {below} computers"))?;
        self.teller.says("Strasbourg", &format!("a server that decides itself, and {beside} computers"))?;
        self.updates_are_published().await?;
        self.an_altered_copy_is_refused().await?;
        self.updates_flow_downhill().await?;
        self.computers_update_themselves().await?;
        self.status_flows_up().await?;
        Ok(self.proof)
    }

    async fn updates_are_published(&mut self) -> Result<(), Failure> {
        let (paris, publisher) = (&self.stage.paris, &self.stage.publisher);
        self.teller.act("I. The publisher has updates.")?;
        self.teller.aside(&format!("the publisher is at {}, Paris at {}", publisher.url, paris.url()));
        paris.follow(sync::Kind::Microsoft, &publisher.url, false).await?;
        let first = paris.synchronise().await?;
        self.teller.says("Paris", &format!("Nobody chose yet: I take {} categories and detectoids.", first.taken))?;
        paris.subscribe(&self.script.categories).await?;
        let second = paris.synchronise().await?;
        let (taken, refused) = (first.taken + second.taken, first.refused_in_all + second.refused_in_all);
        let said = format!("All products are chosen now: {} revisions come, and are visible at once.", second.taken);
        self.teller.says("Paris", &said)?;
        let seen = format!("{taken} revisions in two synchronisations, {refused} refused");
        let is_all = first.only_categories && taken == self.script.revisions && refused == 0;
        self.proof.add("Paris takes what the publisher has", is_all, seen);
        Ok(())
    }

    async fn an_altered_copy_is_refused(&mut self) -> Result<(), Failure> {
        let (paris, name) = (&self.stage.paris, &self.script.altered.name);
        self.teller.act("II. Somebody altered a file on its way.")?;
        self.teller.says("Edge", &format!("One bit of my copy of {name} is another. Its length is right."))?;
        let updates = paris.approvable(&self.script.real).await?;
        let approved = paris.approve(Which::Updates(updates)).await?;
        self.teller
            .says("Paris", &format!("{approved} updates are approved for {ALL}; the edge is nearest to ask."))?;
        let status = paris.fetch().await?;
        let said = format!(
            "{} file came that is not what its document promises: refused, and its sender is not asked for it again.",
            count(status.refused)
        );
        self.teller.says("Paris", &said)?;
        self.teller.says("Paris", &format!("{}, each with both its digests.", held(&status)))?;
        self.proof.add(
            "an altered copy is detected and refused",
            status.refused == 1,
            format!("{name}, from the edge"),
        );
        let seen = format!("{}, {} missing", held(&status), status.missing);
        self.proof.add("the good one is fetched from elsewhere", status.missing == 0 && status.held > 0, seen);
        Ok(())
    }

    async fn updates_flow_downhill(&mut self) -> Result<(), Failure> {
        let Stage { paris, marseille, strasbourg, .. } = self.stage;
        self.teller.act("III. Updates flow downhill.")?;
        marseille.follow(sync::Kind::Vanne, paris.url(), true).await?;
        strasbourg.follow(sync::Kind::Vanne, paris.url(), false).await?;
        let (replica, autonomous) = tokio::try_join!(marseille.synchronise(), strasbourg.synchronise())?;
        let wanted = paris.approved().await?;
        let (taken_over, own) = (marseille.approved().await?, strasbourg.approved().await?);
        self.teller
            .says("Marseille", &format!("I am a replica: {} revisions, {taken_over} approved.", replica.taken))?;
        let said = format!("I decide myself: {} revisions, {own} approved.", autonomous.taken);
        self.teller.says("Strasbourg", &said)?;
        let seen = format!("{taken_over} of {wanted}");
        self.proof.add("approvals travel to the replica", taken_over == wanted && wanted > 0, seen);
        self.proof.add("and not to who decides itself", own == 0, format!("{own} of {wanted}"));

        let october = || Which::Kb(KB::CLIENT_11_OCTOBER.to_owned());
        let is_refused = marseille.approve(october()).await.is_err();
        self.teller.says("Marseille", "Somebody wants to approve something here. I send him to Paris.")?;
        self.proof.add("the replica takes no decision of its own", is_refused, "an approval was refused");
        let decided = strasbourg.approve(october()).await? + strasbourg.approve(Which::Kb(KB::BOOT.to_owned())).await?;
        self.teller.says("Strasbourg", &format!("I approve {decided}."))?;

        let (below, beside) = tokio::try_join!(marseille.fetch(), strasbourg.fetch())?;
        self.teller.says("Marseille", &format!("{} from Paris.", held(&below)))?;
        self.teller.says("Strasbourg", &format!("{} from Paris.", held(&beside)))?;
        let seen = format!("{} in Marseille, {} in Strasbourg", count(below.held), count(beside.held));
        let is_all = below.missing + beside.missing == 0 && beside.held > 0 && below.held > beside.held;
        self.proof.add("each keeps the files that its own computers need", is_all, seen);
        Ok(())
    }

    async fn computers_update_themselves(&mut self) -> Result<(), Failure> {
        self.teller.act("IV. Computers update themselves.")?;
        let (Stage { paris, marseille, strasbourg, .. }, folder) = (self.stage, self.folder);
        let [here, below, beside] = self.computers;
        let (here, below, beside) = tokio::try_join!(
            parts::update(folder, paris.url(), here, 1),
            parts::update(folder, marseille.url(), below, 2),
            parts::update(folder, strasbourg.url(), beside, 3)
        )?;
        let all = [&here, &below, &beside];
        for ((site, updated), number) in [paris, marseille, strasbourg].into_iter().zip(all).zip(self.computers) {
            let Updated { calls, files, file_bytes, installed, .. } = updated;
            let said =
                format!("{number} computers install {installed} updates: {files} files, {}.", bytes(*file_bytes));
            self.teller.says(site.name, &said)?;
            self.teller.aside(&format!("{} calls, state in {}", count(*calls), site.data_dir.display()));
            updated.failed.iter().for_each(|failed| self.proof.trouble(failed.clone()));
            updated.findings.iter().for_each(|found| self.proof.trouble(format!("a stock client stumbles: {found}")));
        }
        let sum = |figure: fn(&Updated) -> u64| -> u64 { all.iter().map(|updated| figure(updated)).sum() };
        let (plain, coded) = (sum(|updated| updated.decoded_bytes), sum(|updated| updated.answer_bytes));
        self.proof.figure("scans", count(sum(|updated| updated.scans)));
        self.proof.figure("web-service calls", count(sum(|updated| updated.calls)));
        self.proof.figure("answers, compressed / plain", format!("{} / {}", bytes(coded), bytes(plain)));
        self.proof.figure("content downloaded and verified", bytes(sum(|updated| updated.file_bytes)));
        self.proof.figure("report events taken", count(sum(|updated| updated.events)));
        let installed: u64 = all.iter().map(|updated| updated.installed).sum();
        let files: u64 = all.iter().map(|updated| updated.files).sum();
        let is_quiet = all.iter().all(|updated| updated.failed.is_empty() && updated.findings.is_empty());
        let seen = format!("{installed} installed, {files} files verified, nothing to complain of");
        self.proof.add("stock clients scan, download, install and report", is_quiet && installed > 0, seen);
        Ok(())
    }

    async fn status_flows_up(&mut self) -> Result<(), Failure> {
        let Stage { paris, marseille, strasbourg, .. } = self.stage;
        self.teller.act("V. Status flows up.")?;
        tokio::try_join!(marseille.synchronise(), strasbourg.synchronise())?;
        let mut servers = paris.servers().await?;
        servers.sort_by_key(|server| server.is_replica != Some(true));
        for server in servers {
            let site = if server.is_replica == Some(true) { marseille } else { strasbourg };
            paris.name(server.id, site.name).await?;
            self.teller.says(site.name, &format!("I have told Paris of {} computers.", server.computers))?;
        }
        let (own, below, beside) = (paris.status().await?, marseille.status().await?, strasbourg.status().await?);
        for (state, number) in &own.counts {
            self.proof.figure(state.to_string(), format!("{} computers × updates", count(*number)));
        }
        self.proof.figure("input refused by Paris", count(paris.refused().await?));
        let all: usize = self.computers.iter().sum();
        self.teller.says("Paris", &format!("I know of {} computers at three sites.", own.computers))?;
        let seen = format!("{} of {all} computers", own.computers);
        let is_seen = own.computers == all as u64 && own.computers_unknown == 0;
        self.proof.add("Paris sees every computer of every site", is_seen, seen);
        let there = installed(&below) + installed(&beside);
        let seen = format!("{} installed, {there} of them below", installed(&own));
        self.proof.add("with what it has installed", installed(&own) > there && there > 0, seen);

        let everywhere = installed(&paris.status_of(KB::BOOT).await?);
        let each =
            [installed(&marseille.status_of(KB::BOOT).await?), installed(&strasbourg.status_of(KB::BOOT).await?)];
        let said = format!("KB{} is on {everywhere} computers, {} of them below.", KB::BOOT, each.iter().sum::<u64>());
        self.teller.says("Paris", &said)?;
        let is_told = everywhere > each.iter().sum() && each.iter().all(|count| *count > 0);
        let seen = format!("{} in Marseille, {} in Strasbourg, {everywhere} in all", each[0], each[1]);
        self.proof.add("and answers who has an article, for the whole tree", is_told, seen);
        Ok(())
    }
}

/// Pairs of a computer and an update that it has.
fn installed(status: &StatusAnswer) -> u64 {
    status.counts.get(&UpdateState::Installed).copied().unwrap_or_default()
}

fn held(status: &ContentStatus) -> String {
    format!("{} files are here, {}", count(status.held), bytes(status.held_bytes))
}
