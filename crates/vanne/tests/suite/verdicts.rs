//! Files that came as they were promised, and who signed them: what is given away, and what is withheld, why, and until when.

mod added;
mod again;
mod archived;
mod fetched;
mod kinds;
mod lists;

use forge::{Publisher, image};
use server::admin::api::{Quarantine, WithheldFile};
use testkit::documents::{Draft, Made, MadeFile, Rule};

use crate::content::{address, get};
use crate::harness::{ServerProcess, Site};

/// A program that nobody signed.
fn unsigned(name: &str) -> MadeFile {
    MadeFile { name: name.to_owned(), bytes: image::image(true, &[700, 3_000]).into() }
}

/// A program that the publisher signed.
fn signed_by(publisher: &Publisher, name: &str) -> MadeFile {
    let program = image::sign(&image::image(true, &[700]), &publisher.signing_by_root_time(), false);
    MadeFile { name: name.to_owned(), bytes: program.into() }
}

/// The same with one byte of its code changed, so that no signature is right.
fn altered(file: &MadeFile) -> MadeFile {
    let mut bytes = file.bytes.to_vec();
    bytes[0x210] ^= 1;
    MadeFile { name: file.name.clone(), bytes: bytes.into() }
}

/// A bundle with one child that has the file, as an organization publishes it for its own computers.
fn local_update(name: &str, file: &MadeFile) -> Vec<Made> {
    let child = Draft::command_line(&format!("{name} child")).running(&file.name, "/quiet").published_locally();
    let child = child.installed_when(Rule::registry_text("SOFTWARE\\Contoso", name, "1")).with_file(file);
    let bundle = Draft::bundle(name).bundling([child.identity()]).published_locally();
    vec![child.finish(), bundle.finish()]
}

/// A configuration that trusts the publisher with local updates.
fn trusting(site: &Site, publisher: &Publisher, more: &str) -> String {
    let root = site.write("publisher.pem", publisher.root.identity.pem());
    let text = format!("[signatures]\npublishers = [{:?}]\n{more}", root.display().to_string());
    site.write("vanne.toml", text).display().to_string()
}

fn serve(site: &Site, config: &str) -> ServerProcess {
    site.serve_with(&["--config", config])
}

/// Imports documents and adds their files; what the second command ended with.
fn import(site: &Site, made: &[Made]) -> crate::harness::Ran {
    site.write_catalog(made);
    assert_eq!(site.run(&["catalog", "import", "documents"]).code, 0);
    let ran = site.run(&["content", "add", "files"]);
    std::fs::remove_dir_all(site.path("documents")).unwrap();
    std::fs::remove_dir_all(site.path("files")).unwrap();
    ran
}

/// What the quarantine says.
fn quarantine(site: &Site) -> Quarantine {
    site.json(&["content", "quarantine"])
}

/// The one file that is withheld.
fn withheld(site: &Site) -> WithheldFile {
    let mut files = quarantine(site).withheld;
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// What a client gets who asks for the file.
async fn status(server: &ServerProcess, file: &MadeFile) -> u16 {
    let answer = get(&address(server.url(), &file.sha1(), "exe"), &[]).await;
    assert!(answer.status != 200 || answer.body == file.bytes);
    answer.status.as_u16()
}
