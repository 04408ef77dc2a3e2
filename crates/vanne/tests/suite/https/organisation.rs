//! Certificates of an organisation: from files, from a request, from a PFX file.

use std::path::Path;
use std::process::Command;

use model::Timestamp;
use pki::{Authority, KeyKind, Name};
use server::admin::api::{CertificateUse, PkiAnswer};
use testkit::tls::Order;

use crate::harness::{Ran, Site, Tls, eventually};

fn names(list: &[&str]) -> Vec<Name> {
    list.iter().map(|name| name.parse().unwrap()).collect()
}

fn organisation() -> Authority {
    Authority::generate("contoso", Timestamp::now()).unwrap()
}

/// Writes a key with its chain, and a configuration that names it.
fn configure(site: &Site, pem: &str) {
    let file = site.write("contoso.pem", pem);
    let pair = format!("{{ chain = {file:?}, key = {file:?} }}");
    site.write("data/vanne.toml", format!("[https]\nnames = [\"localhost\"]\ncertificates = [{pair}]\n"));
}

#[tokio::test]
async fn files_are_taken_again_on_a_signal_and_kept_out_when_they_are_of_no_use() {
    let (site, authority) = (Site::new(), organisation());
    let issue = |list: &[&str]| authority.issue(&names(list), KeyKind::Ecdsa, Timestamp::now()).unwrap();
    let first = issue(&["localhost"]);
    configure(&site, &first.to_pem());
    let server = site.serve();
    let tls = Tls::new(server.https_url(), &authority.certificate().to_pem());
    assert_eq!(tls.seen().await.unwrap().0, *first.certificate());

    let second = issue(&["localhost", "wsus.contoso.example"]);
    site.write("contoso.pem", second.to_pem());
    server.hang_up();
    eventually("the new one is shown", async || tls.seen().await.unwrap().0 == *second.certificate()).await;

    let other = testkit::tls::Authority::root("Contoso Internal CA");
    let (ended, begins) = (Order::server("localhost").until(2021, 1, 1), Order::server("localhost").from(2119, 1, 1));
    let key_of_another =
        [second.certificate().to_pem(), first.to_pem().split("-----BEGIN CERT").next().unwrap().to_owned()];
    let bad = [
        ("nothing".to_owned(), "no certificate in the text"),
        (key_of_another.concat(), "belongs to none of the certificates"),
        (issue(&["other.example"]).to_pem(), "does not name localhost"),
        (second.to_pem().replace("CERTIFICATE-----\nMII", "CERTIFICATE-----\nMIX"), "cannot be read"),
        (other.issue(&ended).pem(), "ended at 2021-01-01"),
        (other.issue(&begins).pem(), "begins at 2119-01-01"),
    ];
    for (text, says) in bad {
        site.write("contoso.pem", text);
        let ran = site.run(&["pki", "reload"]);
        assert!(ran.code == 1 && ran.err.contains(says) && ran.err.contains("contoso.pem"), "{says}: {ran:?}");
        assert_eq!(tls.seen().await.unwrap().0, *second.certificate(), "{says}: the present one stays");
    }
    std::fs::remove_file(site.path("contoso.pem")).unwrap();
    let ran = site.run(&["pki", "reload"]);
    assert!(ran.code == 5 && ran.err.contains("could not read"), "{ran:?}");
    assert!(site.run(&["pki", "renew"]).err.contains("not issued here"));
    assert_eq!(server.terminate().code(), Some(0));
    let ran = site.run(&["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]);
    assert!(ran.code == 5 && ran.err.contains("contoso.pem"), "with nothing to show it does not start: {ran:?}");
}

/// OpenSSL, or a loud line.
fn openssl(site: &Site, words: &[&str]) -> Option<Ran> {
    match Command::new("openssl").args(words).current_dir(site.path("")).output() {
        Ok(output) => Some(Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
        Err(error) => {
            eprintln!("SKIPPED: openssl cannot be run ({error}); install Debian's package openssl");
            None
        }
    }
}

fn must(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test]
async fn a_request_is_answered_by_another_authority_and_its_answer_installed() {
    let site = Site::new();
    site.write("data/vanne.toml", "[https]\nnames = [\"localhost\", \"wsus.contoso.example\"]\n");
    let server = site.serve();
    let asked = site.run(&["pki", "request"]);
    must(&asked);
    site.write("request.pem", &asked.out);
    let root =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "30"];
    let Some(made) = openssl(&site, &[&root[..], &["-subj", "/CN=Contoso root"]].concat()) else { return };
    must(&made);
    assert!(
        openssl(&site, &["req", "-in", "request.pem", "-noout", "-verify", "-text"])
            .unwrap()
            .out
            .contains("wsus.contoso.example")
    );
    let sign = |extensions: &str, out: &str| {
        site.write("extensions", extensions);
        let words = ["x509", "-req", "-in", "request.pem", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"];
        let more = ["-days", "20", "-sha256", "-extfile", "extensions", "-out", out];
        must(&openssl(&site, &[&words[..], &more].concat()).unwrap());
    };
    let names = "subjectAltName=DNS:localhost,DNS:wsus.contoso.example\n";
    sign("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n", "other-names.pem");
    sign(&format!("{names}extendedKeyUsage=clientAuth\n"), "other-purpose.pem");
    sign(&format!("{names}extendedKeyUsage=serverAuth\n"), "good.pem");
    for (file, says) in [
        ("other-names.pem", "does not name wsus.contoso.example"),
        ("other-purpose.pem", "not for servers"),
        ("root.pem", "belongs to none"),
        ("extensions", "no certificate"),
    ] {
        let ran = site.run(&["pki", "install", file]);
        assert!(ran.code == 1 && ran.err.contains(says), "{file}: {ran:?}");
    }
    // Somebody asks again while the first request is on its way: whichever answer comes has to fit.
    let again = site.run(&["pki", "request"]);
    assert!(again.out.contains("CERTIFICATE REQUEST"), "{again:?}");
    must(&site.run(&["pki", "install", "good.pem"]));
    let shown: PkiAnswer = site.json(&["pki", "show"]);
    assert_eq!(shown.source.as_deref(), Some("installed"));
    let root = std::fs::read_to_string(site.path("root.pem")).unwrap();
    let (seen, _) = Tls::new(server.https_url(), &root).seen().await.unwrap();
    assert_eq!((seen.common_name(), seen.sha256), ("localhost", shown.certificates[0].sha256));
    let ran = site.run(&["pki", "install", "good.pem"]);
    assert!(ran.code == 1 && ran.err.contains("no request waits"), "{ran:?}");
    assert!(!site.path("data/pki/request.key.pem").exists(), "the key is where its certificate is");
}

#[tokio::test]
async fn a_pfx_file_is_imported_with_its_password() {
    let (site, authority) = (Site::new(), organisation());
    site.write("data/vanne.toml", "[https]\nnames = [\"localhost\"]\n");
    let identity = authority.issue(&names(&["localhost"]), KeyKind::Rsa, Timestamp::now()).unwrap();
    site.write("both.pem", identity.to_pem());
    let export = ["pkcs12", "-export", "-in", "both.pem", "-passout", "pass:Secret-1", "-out"];
    let Some(modern) = openssl(&site, &[&export[..], &["modern.pfx"]].concat()) else { return };
    must(&modern);
    // As older Windows exports it.
    let old = ["old.pfx", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
    must(&openssl(&site, &[&export[..], &old].concat()).unwrap());
    site.write("password", "Secret-1\r\n");
    site.write("wrong", "secret\n");
    let server = site.serve();
    let import = |file: &str, password: &str| site.run(&["pki", "import", file, "--password-file", password]);
    let ran = import("modern.pfx", "wrong");
    assert!(ran.code == 1 && ran.err.contains("is the password right?") && !ran.err.contains("Secret"), "{ran:?}");
    let ran = import("both.pem", "password");
    assert_eq!(ran.code, 1, "{ran:?}");
    for file in ["modern.pfx", "old.pfx"] {
        must(&import(file, "password"));
        let (seen, _) = Tls::new(server.https_url(), &authority.certificate().to_pem()).seen().await.unwrap();
        assert_eq!(seen, *identity.certificate(), "{file}");
        std::fs::remove_file(Path::new(&site.data_dir()).join("pki/installed.pem")).unwrap();
        must(&site.run(&["pki", "reload"]));
    }
}

#[test]
fn what_is_installed_is_shown_before_the_first_start() {
    let (site, authority) = (Site::new(), organisation());
    let identity = authority.issue(&names(&["localhost"]), KeyKind::Ecdsa, Timestamp::now()).unwrap();
    site.write("data/pki/installed.pem", identity.to_pem());
    let shown: PkiAnswer = site.json(&["pki", "show"]);
    assert_eq!((shown.source.as_deref(), shown.is_running), (Some("installed"), false));
    let uses: Vec<CertificateUse> = shown.certificates.iter().map(|one| one.usage).collect();
    assert_eq!((uses, shown.certificates[0].sha256), (vec![CertificateUse::Server], identity.certificate().sha256));
}

#[test]
fn computers_are_given_the_authority_of_an_organisation_and_never_the_servers_own_certificate() {
    let (site, authority) = (Site::new(), organisation());
    let identity = authority.issue(&names(&["localhost"]), KeyKind::Ecdsa, Timestamp::now()).unwrap();
    let export = |pem: &str| {
        site.write("data/pki/installed.pem", pem);
        let _ = std::fs::remove_dir_all(site.path("export"));
        must(&site.run(&["pki", "export", "--to", "export"]));
        std::fs::read_to_string(site.path("export/README.txt")).unwrap()
    };
    let explanation = export(&identity.to_pem());
    assert!(!explanation.contains("missing"), "{explanation}");
    assert_eq!(
        std::fs::read_to_string(site.path("export/vanne-ca.pem")).unwrap(),
        authority.certificate().to_pem(),
        "all there is above"
    );
    let pem = identity.to_pem();
    let explanation = export(pem.rsplit_once("-----BEGIN CERTIFICATE").unwrap().0);
    assert!(explanation.contains("What is missing") && explanation.contains(&authority.certificate().subject));
    assert!(!site.path("export/vanne-ca.cer").exists() && !site.path("export/vanne-ca.p7b").exists());
    let script = std::fs::read_to_string(site.path("export/vanne.ps1")).unwrap();
    assert!(!script.contains("WindowsServerUpdateServices"), "{script}");
}

#[test]
fn no_address_is_made_of_a_name_that_stands_for_many_hosts() {
    let (site, authority) = (Site::new(), organisation());
    let identity = authority.issue(&names(&["*.contoso.example"]), KeyKind::Ecdsa, Timestamp::now()).unwrap();
    site.write("data/pki/installed.pem", identity.to_pem());
    let ran = site.run(&["pki", "export", "--to", "export"]);
    assert!(ran.code == 1 && ran.err.contains("only *.contoso.example") && ran.err.contains("https.names"), "{ran:?}");
    assert!(!site.path("export").exists());
    site.write("data/vanne.toml", "[https]\nnames = [\"wsus.contoso.example\"]\n");
    must(&site.run(&["pki", "export", "--to", "export"]));
    let script = std::fs::read_to_string(site.path("export/vanne.ps1")).unwrap();
    assert!(script.contains("'https://wsus.contoso.example:8531'"), "{script}");
}
