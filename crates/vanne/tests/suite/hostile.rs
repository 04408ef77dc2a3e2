//! Hostile input: the right fault or status, little CPU, bounded memory, a figure, and nobody else notices.

mod connections;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::{ErrorCode, Service};

use crate::harness::{Computer, Program, ServerProcess, administer_raw, documents, metric, path, post};

/// More CPU than a whole batch may cost the server in a debug build, in seconds.
const CPU_SECS_MAX: f64 = 2.0;
/// More than the server may grow because of a batch, in KiB. Beside two bodies of 4 MiB, that is what a scan needs.
const GROWTH_KIB_MAX: u64 = 64 * 1024;

/// How a message is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answered {
    /// With this plain status.
    Status(u16),
    /// With this fault.
    Fault(ErrorCode),
    /// As if nothing were wrong.
    Well,
}

/// A message and what has to come of it.
struct Attack {
    name: &'static str,
    service: Service,
    fields: &'static [(&'static str, &'static str)],
    body: Vec<u8>,
    answered: Answered,
}

fn attack(name: &'static str, body: impl Into<Vec<u8>>, answered: Answered) -> Attack {
    Attack { name, service: Service::Client, fields: &[], body: body.into(), answered }
}

fn envelope(inside: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>")
}

fn client_call(operation: &str, inside: &str) -> String {
    let namespace = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService";
    envelope(&format!("<{operation} xmlns=\"{namespace}\">{inside}</{operation}>"))
}

/// What is no message at all, or XML past all bounds.
fn not_messages() -> Vec<Attack> {
    use Answered::Status;
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let entities =
        "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>";
    let external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">";
    let namespaces: String = (0..10_000).map(|number| format!(" xmlns:n{number}=\"urn:{number}\"")).collect();
    let nested: String = (0..31).map(|depth| format!("<a{} >", namespaces_of(depth))).collect();
    let attributes: String = (0..10_000).map(|number| format!(" a{number}=\"\"")).collect();
    vec![
        attack("nothing", "", Status(400)),
        attack("text", "this is not XML", Status(400)),
        attack("zeros", vec![0; 100_000], Status(400)),
        attack("no UTF-8", client_call("GetConfig", "<protocolVersion>2\u{1}</protocolVersion>"), Status(400)),
        attack("UTF-16", "\u{feff}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), Status(400)),
        attack("cut short", client_call("GetConfig", "").replace("</s:Body></s:Envelope>", ""), Status(400)),
        attack("wrong root", "<a/>", Status(400)),
        attack("no body", "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"/>", Status(400)),
        attack("empty body", envelope(""), Status(400)),
        attack("10,000 deep", client_call("GetConfig", &deep), Status(413)),
        attack("entity bomb", format!("{entities}{}", client_call("GetConfig", "&c;")), Status(400)),
        attack("external entity", format!("{external}{}", envelope("<a/>")), Status(400)),
        attack("namespace bomb", client_call("GetConfig", &format!("<a{namespaces}/>")), Status(413)),
        attack("nested namespace bomb", client_call("GetConfig", &nested), Status(413)),
        attack("attribute bomb", client_call("GetConfig", &format!("<a{attributes}/>")), Status(413)),
        attack("element bomb", client_call("GetConfig", &"<a/>".repeat(200_000)), Status(413)),
        Attack { fields: &[("content-encoding", "xpress")], ..attack("xpress bomb", xpress_bomb(), Status(415)) },
        Attack { fields: &[("content-encoding", "gzip")], ..attack("gzip", vec![0x1f, 0x8b], Status(415)) },
    ]
}

fn namespaces_of(depth: usize) -> String {
    (0..30).map(|number| format!(" xmlns:n{depth}x{number}=\"urn:{number}\"")).collect()
}

/// Blocks that promise 65,535 bytes each and hold next to none.
fn xpress_bomb() -> Vec<u8> {
    let block = [&65_535_u32.to_le_bytes()[..], &16_u32.to_le_bytes(), &[0xff; 16]].concat();
    block.repeat(10)
}

/// Messages in form, wrong in content.
fn wrong_messages(computer: &Computer, foreign: &Computer) -> Vec<Attack> {
    use Answered::{Fault, Well};
    let cookie = |data: &[u8]| {
        let encoded = wire::client::Cookie { expiration: None, encrypted_data: data.to_vec() };
        let request = wire::client::RefreshCache { cookie: Some(encoded), global_ids: Some(Vec::new()) };
        let body = wire::encode_request(&wire::Request::RefreshCache(request), wire::SoapVersion::V11).into_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let start = text.find("<cookie>").unwrap();
        text[start..text.find("</cookie>").unwrap() + 9].to_owned()
    };
    let good = cookie(&computer.cookie.as_ref().unwrap().encrypted_data);
    let foreign = cookie(&foreign.cookie.as_ref().unwrap().encrypted_data);
    let sync = |cookie: &str, parameters: &str| {
        let rest = "<SkipSoftwareSync>false</SkipSoftwareSync>";
        client_call("SyncUpdates", &format!("{cookie}<parameters>{parameters}{rest}</parameters>"))
    };
    let ids = |element: &str, range: std::ops::Range<usize>| {
        let ids: String = range.map(|id| format!("<int>{id}</int>")).collect();
        format!("<{element}>{ids}</{element}>")
    };
    let invalid = Fault(ErrorCode::InvalidParameters);
    let no_cookie = Fault(ErrorCode::InvalidCookie);
    vec![
        attack("an operation nobody knows", client_call("DropTable", ""), invalid),
        attack("401 ids", sync(&good, &ids("InstalledNonLeafUpdateIDs", 0..401)), invalid),
        attack("50,000 installed ids", sync(&good, &ids("InstalledNonLeafUpdateIDs", 0..50_000)), invalid),
        attack("unknown ids", sync(&good, &ids("OtherCachedUpdateIDs", 900_000..905_000)), Well),
        attack(
            "no number",
            sync(&good, "<InstalledNonLeafUpdateIDs><int>1e9</int></InstalledNonLeafUpdateIDs>"),
            invalid,
        ),
        attack(
            "a number too large",
            sync(&good, "<OtherCachedUpdateIDs><int>99999999999</int></OtherCachedUpdateIDs>"),
            invalid,
        ),
        attack(
            "a million bytes of version",
            client_call("GetConfig", &format!("<protocolVersion>{}</protocolVersion>", "1".repeat(1 << 20))),
            invalid,
        ),
        attack("a cookie of 2 MB", sync(&cookie(&vec![0x41; 2 << 20]), ""), invalid),
        attack("no cookie", sync("", ""), no_cookie),
        attack("an empty cookie", sync("<cookie/>", ""), no_cookie),
        attack("a garbage cookie", sync(&cookie(&[0x41; 300]), ""), no_cookie),
        attack("a foreign cookie", sync(&foreign, ""), no_cookie),
        Attack {
            service: Service::Reporting,
            ..attack("another service's operation", client_call("GetConfig", ""), invalid)
        },
    ]
}

/// What a server process has used.
#[derive(Clone, Copy, Debug)]
struct Usage {
    cpu_secs: f64,
    peak_kib: u64,
}

impl Usage {
    /// `None` where there is no `/proc`.
    fn of(process: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name, in brackets, may hold anything; user and system time are fields 14 and 15.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?;
        let per_second = std::process::Command::new("getconf").arg("CLK_TCK").output().ok()?;
        let per_second: f64 = String::from_utf8(per_second.stdout).ok()?.trim().parse().ok()?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let peak_kib = peak.trim().trim_end_matches(" kB").parse().ok()?;
        Some(Self { cpu_secs: ticks as f64 / per_second, peak_kib })
    }
}

/// A server process with the small catalog; its log goes to a file in its folder.
fn server(data: &Path) -> ServerProcess {
    let log = std::fs::File::create(data.join("log")).unwrap();
    let server = ServerProcess::start_logging(data, &[], log);
    let folder = data.join("documents");
    std::fs::create_dir(&folder).unwrap();
    for made in documents() {
        std::fs::write(folder.join(&made.file_name), &made.document).unwrap();
    }
    let imported = Program::command().args(["catalog", "import", "--data-dir"]).args([data, &folder]).output().unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    server
}

/// `/metrics`, over the administration socket.
async fn metrics(data: &Path) -> String {
    let (_, text) = administer_raw(data, Method::GET, "/metrics", Bytes::new()).await.unwrap();
    String::from_utf8(text.to_vec()).unwrap()
}

async fn answered(url: &str, attack: &Attack) -> Answered {
    let answer = post(url, path(attack.service), attack.fields, attack.body.clone()).await;
    match answer.status.as_u16() {
        200 => Answered::Well,
        500 => Answered::Fault(wire::decode_response("GetConfig", &answer.body).unwrap().unwrap_err().code),
        status => Answered::Status(status),
    }
}

#[tokio::test]
#[allow(clippy::print_stdout, reason = "the figures are the point")]
async fn hostile_messages_are_refused_cheaply_and_nobody_else_notices() {
    let (folder, other_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = server(folder.path());
    let other = ServerProcess::start(other_folder.path(), &[]);
    let computer = Computer::join(server.url(), "attacker").await;
    let foreign = Computer::join(other.url(), "attacker").await;
    let mut attacks = not_messages();
    attacks.extend(wrong_messages(&computer, &foreign));

    // What a scan finds in peace.
    let mut peaceful = Computer::join(server.url(), "peaceful").await;
    let expected = peaceful.scan().await;
    let before = Usage::of(server.id());
    let refused_before = metric(&metrics(folder.path()).await, "vanne_refused_total", &[]);
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    let lines_before = log().lines().count();

    for attack in &attacks {
        assert_eq!(answered(server.url(), attack).await, attack.answered, "{}", attack.name);
    }
    let used = before.zip(Usage::of(server.id()));
    if let Some((before, after)) = used {
        let (cpu, growth) = (after.cpu_secs - before.cpu_secs, after.peak_kib - before.peak_kib);
        println!(
            "{} hostile messages: {cpu:.2} s of CPU in a debug build, {growth} KiB more at the peak",
            attacks.len()
        );
        assert!(cpu < CPU_SECS_MAX, "{cpu} s of CPU");
        assert!(growth < GROWTH_KIB_MAX, "grew by {growth} KiB");
    } else {
        eprintln!("SKIPPED: CPU and memory of hostile input are not measured: there is no /proc here");
    }
    let refused = attacks.iter().filter(|attack| attack.answered != Answered::Well).count();
    let counted = metric(&metrics(folder.path()).await, "vanne_refused_total", &[]) - refused_before;
    assert!((counted - refused as f64).abs() < 0.5, "{counted} of {refused} refusals were counted");
    let lines: Vec<String> = log().lines().skip(lines_before).map(ToOwned::to_owned).collect();
    assert_eq!(lines.len(), refused, "one line each: {lines:#?}");
    let longest = lines.iter().map(String::len).max();
    assert!(longest < Some(2_000), "what was sent is not in the log: {longest:?}");

    // The same at the same time as somebody's scans.
    let over = Arc::new(AtomicBool::new(false));
    let (flag, url) = (Arc::clone(&over), server.url().to_owned());
    let scans = tokio::spawn(async move {
        let mut finished = 0;
        while finished < 3 || !flag.load(Ordering::Relaxed) {
            let mut newcomer = Computer::join(&url, &format!("newcomer {finished}")).await;
            assert_eq!(newcomer.scan().await.new, expected.new);
            finished += 1;
        }
    });
    for attack in &attacks {
        assert_eq!(answered(server.url(), attack).await, attack.answered, "{}", attack.name);
    }
    over.store(true, Ordering::Relaxed);
    scans.await.unwrap();
    assert!(server.terminate().success(), "and it stops as if nothing had happened");
}

#[tokio::test]
async fn a_body_of_a_gigabyte_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(folder.path(), &[]);
    let before = Usage::of(server.id());
    let head = |service: Service, framing: &str| {
        format!("POST {} HTTP/1.1\r\nHost: vanne\r\nContent-Type: text/xml\r\n{framing}\r\n\r\n", path(service))
    };

    // Refused by what is announced, before a byte of it was sent.
    let announced = [
        (Service::Client, 1 << 30),
        (Service::Client, wire::limits::CLIENT.xml.bytes + 1),
        (Service::SimpleAuth, wire::limits::SIMPLE_AUTH.xml.bytes + 1),
        (Service::Reporting, wire::limits::REPORTING.xml.bytes + 1),
    ];
    for (service, length) in announced {
        let mut socket = connect(&server).await;
        socket.write_all(head(service, &format!("Content-Length: {length}")).as_bytes()).await.unwrap();
        assert!(read_all(&mut socket).await.starts_with("HTTP/1.1 413 "), "{service:?} {length}");
    }

    let mut unannounced = connect(&server).await;
    unannounced.write_all(head(Service::Client, "Transfer-Encoding: chunked").as_bytes()).await.unwrap();
    let chunk = [&b"10000\r\n"[..], &vec![b' '; 0x10000], b"\r\n"].concat();
    let mut sent = 0_u64;
    while sent < 1 << 30 && unannounced.write_all(&chunk).await.is_ok() {
        sent += 0x10000;
    }
    assert!(sent < 64 << 20, "the server took {sent} bytes");
    if let Some((before, after)) = before.zip(Usage::of(server.id())) {
        assert!(after.peak_kib - before.peak_kib < GROWTH_KIB_MAX, "{before:?} {after:?}");
    }
    let counted = metric(&metrics(folder.path()).await, "vanne_refused_total", &["body too large"]);
    assert!((counted - (announced.len() + 1) as f64).abs() < 0.5, "{counted}");
    Computer::join(server.url(), "after the flood").await;
}

async fn connect(server: &ServerProcess) -> TcpStream {
    TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap()
}

/// What comes until the other side closes; a reset counts as that.
async fn read_all(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = socket.read(&mut buffer).await {
        bytes.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
