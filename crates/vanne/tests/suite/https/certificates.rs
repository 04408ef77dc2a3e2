//! Which certificate is shown, who can use it, and what is kept of it where.

use std::os::unix::fs::PermissionsExt as _;

use rustls::ProtocolVersion;
use server::admin::api::{CertificateUse, PkiAnswer};

use testkit::postgres::Postgres;

use super::{client, strict_with};
use crate::harness::{Site, Tls, files_below};

fn show(site: &Site) -> PkiAnswer {
    site.json(&["pki", "show"])
}

#[tokio::test]
async fn clients_are_shown_the_key_they_can_check() {
    let estate = strict_with(|config| config.https.rsa = true).await;
    let tls = client(&estate).await;
    let (certificate, version) = tls.seen().await.unwrap();
    assert_eq!((certificate.key, version), (pki::Key::EcdsaP256, ProtocolVersion::TLSv1_3));
    let (certificate, _) = tls.rsa_only().seen().await.unwrap();
    assert_eq!(certificate.key, pki::Key::Rsa);
    assert_eq!(certificate.names.len(), 2);
}

#[tokio::test]
async fn keys_are_for_this_account_alone_and_the_same_after_a_restart() {
    let site = Site::new();
    let authority = site.run(&["pki", "ca"]);
    assert_eq!(authority.code, 0, "{}", authority.err);
    assert!(authority.out.starts_with("-----BEGIN CERTIFICATE-----") && !authority.out.contains("PRIVATE"));
    assert!(show(&site).source.is_some());
    let server = site.serve();
    assert_eq!(site.run(&["pki", "ca"]).out, authority.out, "with a server and without");
    let shown = show(&site);
    assert!(shown.is_running && shown.https_port.is_some() && shown.source.as_deref() == Some("internal"), "{shown:?}");
    let uses: Vec<CertificateUse> = shown.certificates.iter().map(|one| one.usage).collect();
    assert_eq!(uses, [CertificateUse::Server, CertificateUse::Authority]);
    let certificate = &shown.certificates[0];
    assert!((395..=397).contains(&certificate.days_left), "{}", certificate.days_left);
    let tls = Tls::new(server.https_url(), &authority.out).named(&certificate.names[0]);
    let (seen, _) = tls.seen().await.unwrap();
    assert_eq!(seen.sha256, certificate.sha256);

    let secrets = site.data_dir().join("pki");
    assert_eq!(std::fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o700);
    for file in files_below(&secrets) {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(server.terminate().code(), Some(0));
    let server = site.serve();
    assert_eq!(
        Tls::new(server.https_url(), &authority.out).named(&certificate.names[0]).seen().await.unwrap().0.sha256,
        seen.sha256
    );
}

#[tokio::test]
async fn a_new_certificate_is_made_on_command_and_shown_without_a_restart() {
    let site = Site::new();
    let server = site.serve();
    let authority = site.run(&["pki", "ca"]).out;
    let before = show(&site);
    let after: PkiAnswer = site.json(&["pki", "renew"]);
    assert_ne!(before.certificates[0].sha256, after.certificates[0].sha256);
    assert_eq!(before.certificates[1].sha256, after.certificates[1].sha256, "the authority stays");
    let tls = Tls::new(server.https_url(), &authority).named(&after.certificates[0].names[0]);
    assert_eq!(tls.seen().await.unwrap().0.sha256, after.certificates[0].sha256);
}

#[test]
fn what_computers_need_is_written_in_every_form() {
    let site = Site::new();
    site.write("data/vanne.toml", "[https]\nnames = [\"wsus.contoso.example\"]\n");
    let to = site.path("export");
    assert!(site.run(&["pki", "ca"]).out.contains("CERTIFICATE"));
    let ran = site.run(&["pki", "export", "--to", to.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for name in ["vanne-ca.cer", "vanne-ca.pem", "vanne-ca.p7b", "vanne.reg", "vanne.ps1", "registry.pol", "README.txt"]
    {
        assert!(ran.out.lines().any(|line| line == name), "{name}: {}", ran.out);
        assert!(to.join(name).metadata().unwrap().len() > 0, "{name}");
    }
    let script = std::fs::read_to_string(to.join("vanne.ps1")).unwrap();
    assert!(script.contains("'https://wsus.contoso.example:8531'"), "{script}");
    assert_eq!(std::fs::read_to_string(to.join("vanne-ca.pem")).unwrap(), site.run(&["pki", "ca"]).out);
    assert!(
        files_below(&to).iter().all(|file| !String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains("PRIVATE"))
    );
    let taken = site.write("in-the-way", "a file");
    let ran = site.run(&["pki", "export", "--to", taken.to_str().unwrap()]);
    assert!(ran.code == 1 && ran.err.contains("in-the-way"), "{ran:?}");
}

#[test]
fn who_only_asks_makes_neither_keys_nor_certificates() {
    let site = Site::new();
    std::fs::create_dir(site.data_dir()).unwrap();
    let ask = || {
        let shown = show(&site);
        let export = site.run(&["pki", "export", "--to", "export"]);
        assert!(site.run(&["doctor"]).out.contains("database"));
        assert!(!site.data_dir().join("pki").exists());
        (shown, export)
    };
    let (shown, export) = ask();
    assert!(shown.source.is_none() && shown.certificates.is_empty(), "{shown:?}");
    assert!(export.code == 1 && export.err.contains("no certificates yet"), "{export:?}");
    let authority = site.run(&["pki", "ca"]).out;
    let (shown, export) = ask();
    let uses: Vec<CertificateUse> = shown.certificates.iter().map(|one| one.usage).collect();
    assert_eq!((shown.source.as_deref(), uses), (Some("internal"), vec![CertificateUse::Authority]));
    assert_eq!(export.code, 0, "{export:?}");
    assert_eq!(std::fs::read_to_string(site.path("export/vanne-ca.pem")).unwrap(), authority);
}

#[tokio::test]
async fn servers_that_share_a_store_share_their_authority_and_have_keys_of_their_own() {
    let Some(postgres) = Postgres::shared() else { return };
    let url = postgres.database().unwrap();
    let (first, second) = (Site::on_database(url.clone()), Site::on_database(url));
    let (one, two) = (first.serve(), second.serve());
    assert_eq!(first.run(&["pki", "ca"]).out, second.run(&["pki", "ca"]).out);
    assert_ne!(show(&first).certificates[0].sha256, show(&second).certificates[0].sha256);
    drop((one, two));
}
