//! Under what conditions something was signed: certificates, timestamps, revocation, in every form of file.

use authenticode::{Class, Question, Reason, RevocationDemand, RevocationLists, Trust};
use forge::certificate::{Identity, at};
use forge::crl::Revoked;
use forge::{Attestation, Authority, Digest, Draft, Flaw, Key, Publisher, Signing, crl};

use crate::estate::{
    ACCEPTED, Comparison, ESTATE, Estate, Expected, Form, SYSTEM_COMPONENT, judge, noted, quarantined, question,
    refused,
};

/// A signer and what is asked; what it signs is every form of file.
pub(crate) struct Condition<'a> {
    pub(crate) name: &'static str,
    pub(crate) signing: Signing<'a>,
    pub(crate) trust: Trust,
    pub(crate) question: Question,
    pub(crate) expected: Expected,
}

/// Owns what conditions borrow.
#[derive(Default)]
pub(crate) struct Signers {
    identities: Vec<(&'static str, Identity)>,
}

impl Signers {
    fn get(&self, name: &str) -> &Identity {
        let found = self.identities.iter().find(|(known, _)| *known == name);
        &found.unwrap_or_else(|| panic!("there is no {name}")).1
    }
}

pub(crate) fn signers(estate: &Estate) -> Signers {
    let publisher = &estate.publisher;
    let issuer = &publisher.issuer;
    let draft = || Draft::signer("Forged");
    let mut signers = Signers::default();
    let mut add = |name, identity| signers.identities.push((name, identity));
    add("expired", issuer.identity(&draft().valid("2024-01-01T00:00:00Z", "2026-06-01T00:00:00Z")));
    add("future", issuer.identity(&draft().valid("2031-01-01T00:00:00Z", "2035-01-01T00:00:00Z")));
    add("long", issuer.identity(&draft().valid("2024-01-01T00:00:00Z", "2045-01-01T00:00:00Z")));
    let lifetime = [forge::certificate::CODE_SIGNING, "1.3.6.1.4.1.311.10.3.13"];
    let short = ("2024-01-01T00:00:00Z", "2026-06-01T00:00:00Z");
    add("lifetime", issuer.identity(&draft().purposes(&lifetime)));
    add("lifetime expired", issuer.identity(&draft().purposes(&lifetime).valid(short.0, short.1)));
    add("no purposes", issuer.identity(&Draft { purposes: None, ..draft() }));
    add("web server", issuer.identity(&draft().purposes(&["1.3.6.1.5.5.7.3.1"])));
    add("component", issuer.identity(&draft().purposes(&[forge::certificate::CODE_SIGNING, SYSTEM_COMPONENT])));
    add("encipherment", issuer.identity(&Draft { key_usage: Some(0x20), ..draft() }));
    add("no usage", issuer.identity(&Draft { key_usage: None, ..draft() }));
    add("other name", issuer.identity(&Draft::signer("Somebody Else")));
    add("other organization", issuer.identity(&Draft { organization: Some("Elsewhere".to_owned()), ..draft() }));
    add("critical", issuer.identity(&Draft { unknown_critical: true, ..draft() }));
    add("revoked", issuer.identity(&Draft { serial: 4711, ..draft() }));
    let backwards = ("2030-01-01T00:00:00Z", "2024-01-01T00:00:00Z");
    add("backwards", issuer.identity(&draft().valid(backwards.0, backwards.1)));
    add("large", issuer.identity(&Draft { ballast: 20_000, ..draft() }));
    add("weak key", issuer.identity(&Draft { spki: Some(rsa_1024()), ..draft() }));
    add("own curve", issuer.identity(&Draft { spki: Some(explicit_curve()), ..draft() }));
    add("p384", issuer.issue(Key::p384(), &draft()));
    add("rsa", issuer.issue(Key::rsa(), &draft()));
    let unlisted = publisher.root.authority(&Draft { serial: 3, ..Draft::authority("Forged Other Issuer") });
    add("unlisted issuer", unlisted.identity(&draft()));
    add("by the root", publisher.root.identity(&draft()));
    let stranger = Authority::root("Stranger Root");
    add("stranger", stranger.authority(&Draft::authority("Forged Issuer")).identity(&draft()));
    let twin = Authority::root("Forged Root");
    add("twin", twin.authority(&Draft::authority("Forged Issuer")).identity(&draft()));
    add("web root", estate.forbidden.authority(&Draft::authority("Forged Issuer")).identity(&draft()));
    let beside = |identity: Identity, stray: &Authority| {
        let chain = [identity.chain, vec![stray.identity.certificate.clone()]].concat();
        Identity { chain, ..identity }
    };
    add("with a stray", beside(issuer.identity(&draft()), &stranger));
    add("with a namesake of its root", beside(issuer.identity(&draft()), &twin));
    add("with its root", beside(issuer.identity(&draft()), &publisher.root));
    // The signer's own certificate issues another.
    let not_an_authority = issuer.authority(&Draft { is_authority: false, ..draft() });
    add("by a signer", not_an_authority.identity(&draft()));
    let ended = Draft::authority("Forged Issuer").valid("2020-01-01T00:00:00Z", "2026-06-01T00:00:00Z");
    // The same key again, so that it is the same authority; its certificate ended since.
    add("issuer ended", issuer_again(estate, &ended).identity(&draft()));

    let time = |draft: &Draft| publisher.time_root.identity(draft);
    let stamper = || Draft::time_stamper("Forged Time");
    add("time", time(&stamper()));
    add("time with a stray", beside(time(&stamper()), &stranger));
    add("time with its root", beside(time(&stamper()), &publisher.time_root));
    add(
        "time and code",
        time(&stamper().purposes(&[forge::certificate::TIME_STAMPING, forge::certificate::CODE_SIGNING])),
    );
    add("time not critical", time(&Draft { purposes_critical: false, ..stamper() }));
    add("time without purpose", time(&Draft { purposes: None, ..stamper() }));
    add("time ended", time(&stamper().valid("2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z")));
    add("time of a stranger", stranger.identity(&stamper()));
    add("time of the publisher", publisher.root.identity(&stamper()));
    signers
}

/// An authority with a key of its own that is issued below the root, for conditions about authorities.
fn issuer_again(estate: &Estate, draft: &Draft) -> Authority {
    estate.publisher.root.authority(draft)
}

fn rsa_1024() -> Vec<u8> {
    use forge::der::{bits, integer, null, oid, sequence, tlv};
    let modulus = tlv(0x02, &[&[0][..], &[0xc3; 128]].concat());
    let key = sequence(&[&modulus, &integer(65_537)]);
    sequence(&[&sequence(&[&oid("1.2.840.113549.1.1.1"), &null()]), &bits(&key)])
}

/// The publisher's key on a curve whose parameters are brought along (CVE-2020-0601).
fn explicit_curve() -> Vec<u8> {
    use forge::der::{bits, integer, octets, oid, sequence};
    let field = sequence(&[&oid("1.2.840.10045.1.1"), &integer(97)]);
    let curve = sequence(&[&octets(&[1]), &octets(&[2])]);
    let parameters = sequence(&[&integer(1), &field, &curve, &octets(&[4, 1, 1]), &integer(97)]);
    sequence(&[&sequence(&[&oid("1.2.840.10045.2.1"), &parameters]), &bits(&[4; 97])])
}

/// The table of conditions: what a verifier must do, by row.
pub(crate) fn conditions<'a>(estate: &'a Estate, signers: &'a Signers) -> Vec<Condition<'a>> {
    let publisher = &estate.publisher;
    let mut all = Vec::new();
    let signed = Publisher::signing_time();
    let token = |name: &str, time| Attestation::Token(signers.get(name), time);
    let stamped = |name: &str| Signing::by(signers.get(name)).stamped(token("time", signed));
    let mut add = |name, signing, expected| {
        let (trust, question) = (estate.trust(&[]), question(Class::MsApp));
        all.push(Condition { name, signing, trust, question, expected });
    };
    let good = || Signing::by(&publisher.signer);

    // Time.
    add("good", good().stamped(token("time", signed)), ACCEPTED);
    add("no timestamp", good(), refused(Reason::TimestampRequired));
    add("expired since", stamped("expired"), ACCEPTED);
    add("expired without timestamp", Signing::by(signers.get("expired")), refused(Reason::Expired));
    let late = Attestation::Token(signers.get("time"), at("2026-08-01T00:00:00Z"));
    add(
        "stamped after the end",
        Signing::by(signers.get("expired")).stamped(late),
        refused(Reason::TimestampOutsideValidity),
    );
    let early = Attestation::Token(signers.get("time"), at("2023-01-01T00:00:00Z"));
    add("stamped before the begin", good().stamped(early), refused(Reason::TimestampOutsideValidity));
    add("not yet valid", Signing::by(signers.get("future")), refused(Reason::NotYetValid));
    let coming = token("time", at("2035-01-01T00:00:00Z"));
    add("stamped in the future", Signing::by(signers.get("long")).stamped(coming), refused(Reason::TimestampInFuture));
    add("ends before it begins", stamped("backwards"), refused(Reason::MalformedCertificate));
    add("lifetime, valid", stamped("lifetime"), ACCEPTED);
    add("lifetime, expired", stamped("lifetime expired"), refused(Reason::LifetimeSigning));

    // Timestamps that are wrong.
    let by = |name: &str| good().stamped(token(name, signed));
    add("time of a stranger", by("time of a stranger"), refused(Reason::UntrustedTimestamp));
    add("time of the publisher's root", by("time of the publisher"), refused(Reason::UntrustedTimestamp));
    add("time authority ended", by("time ended"), refused(Reason::UntrustedTimestamp));
    add("time authority signs code too", by("time and code"), refused(Reason::TimestampPurpose));
    add("time authority's purpose not critical", by("time not critical"), ACCEPTED);
    add("time authority without purpose", by("time without purpose"), refused(Reason::TimestampPurpose));
    let time = signers.get("time");
    add(
        "other imprint",
        good().stamped(Attestation::OtherImprint(time, signed)),
        refused(Reason::TimestampImprintMismatch),
    );
    add(
        "wrong timestamp",
        good().stamped(Attestation::WrongSignature(time, signed)),
        refused(Reason::BadTimestampSignature),
    );
    add("two timestamps", good().stamped(Attestation::Twice(time, signed)), refused(Reason::SeveralTimestamps));
    let unsigned = Attestation::Unsigned(time, signed);
    add("unsigned attribute of a timestamp", good().stamped(unsigned), refused(Reason::UnknownAttribute));
    let unsigned = Attestation::UnsignedCountersignature(time, signed);
    add("unsigned attribute of a countersignature", good().stamped(unsigned), refused(Reason::UnknownAttribute));
    let attribute_certificates = |count| good().stamped(Attestation::AttributeCertificates(time, signed, count));
    add("attribute certificate of a clock", attribute_certificates(1), ACCEPTED);
    add("two attribute certificates", attribute_certificates(2), refused(Reason::UnknownAttribute));
    add("timestamp with a stray certificate", by("time with a stray"), refused(Reason::UnknownAttribute));
    add("timestamp with its root", by("time with its root"), ACCEPTED);
    let countersigned = Attestation::Countersignature(signers.get("time with a stray"), signed);
    add("countersignature with a stray certificate", good().stamped(countersigned), refused(Reason::UnknownAttribute));
    add("garbage timestamp", good().stamped(Attestation::Garbage), refused(Reason::MalformedTimestamp));
    add("countersignature", good().stamped(Attestation::Countersignature(time, signed)), ACCEPTED);
    let stranger = Attestation::Countersignature(signers.get("time of a stranger"), signed);
    add("countersignature of a stranger", good().stamped(stranger), refused(Reason::UntrustedTimestamp));

    // Who.
    add("no purposes", stamped("no purposes"), refused(Reason::PurposeMissing));
    add("web server", stamped("web server"), refused(Reason::PurposeMissing));
    add("key for encipherment", stamped("encipherment"), refused(Reason::KeyUsageMissing));
    add("key without usage", stamped("no usage"), ACCEPTED);
    add("other name", stamped("other name"), refused(Reason::WrongPublisher));
    add("other organization", stamped("other organization"), refused(Reason::WrongPublisher));
    add("unknown critical extension", stamped("critical"), refused(Reason::ChainInvalid));
    add("unlisted issuer", stamped("unlisted issuer"), quarantined(Reason::UnknownIssuer));
    add("issued by the root", stamped("by the root"), quarantined(Reason::UnknownIssuer));
    add("issuer ended since", stamped("issuer ended"), quarantined(Reason::UnknownIssuer));
    add("unknown root", stamped("stranger"), refused(Reason::UnknownRoot));
    add("twin of the root", stamped("twin"), refused(Reason::ChainInvalid));
    add("root for web servers", stamped("web root"), refused(Reason::ForbiddenRoot));
    add("issued by a signer", stamped("by a signer"), refused(Reason::ChainInvalid));
    add("stray certificate", stamped("with a stray"), refused(Reason::UnknownAttribute));
    add("stray namesake of its root", stamped("with a namesake of its root"), refused(Reason::UnknownAttribute));
    add("its root along", stamped("with its root"), ACCEPTED);
    add("large certificate", stamped("large"), refused(Reason::TooLarge));
    add("short key", stamped("weak key"), refused(Reason::WeakKey));
    add("own curve", stamped("own curve"), refused(Reason::UnsupportedKey));

    // Keys and digests.
    add("P-384", stamped("p384"), ACCEPTED);
    add("RSA with SHA-256", stamped("rsa"), ACCEPTED);
    add("RSA with SHA-384", stamped("rsa").digest(Digest::Sha384), ACCEPTED);
    add("RSA with SHA-512", stamped("rsa").digest(Digest::Sha512), ACCEPTED);

    // Signatures that are wrong.
    for (flaw, reason) in FLAWS {
        all.push(Condition {
            name: flaw_name(*flaw),
            signing: good().stamped(token("time", signed)).flawed(*flaw),
            trust: estate.trust(&[]),
            question: question(Class::MsApp),
            expected: refused(*reason),
        });
    }
    all.extend(by_class(estate, signers));
    all.extend(by_revocation(estate, signers));
    all
}

const FLAWS: &[(Flaw, Reason)] = &[
    (Flaw::Signature, Reason::BadSignature),
    (Flaw::MessageDigest, Reason::MessageDigestMismatch),
    (Flaw::ContentTypeAttribute, Reason::ContentTypeMismatch),
    (Flaw::ContentType, Reason::ContentTypeMismatch),
    (Flaw::NoMessageDigest, Reason::AttributesInvalid),
    (Flaw::AttributeTwice, Reason::AttributesInvalid),
    (Flaw::NoSignedAttributes, Reason::MalformedSignature),
    (Flaw::NoCertificate, Reason::SignerMissing),
    (Flaw::NoSigner, Reason::SignerCount),
    (Flaw::TwoSigners, Reason::SignerCount),
    (Flaw::UnknownAttribute, Reason::UnknownAttribute),
    (Flaw::Md5, Reason::WeakDigest),
    (Flaw::AlgorithmsDiffer, Reason::AttributesInvalid),
    (Flaw::Ber, Reason::MalformedSignature),
    (Flaw::TrailingByte, Reason::MalformedSignature),
    (Flaw::HugeAttribute, Reason::MessageDigestMismatch),
    (Flaw::ManyCertificates, Reason::TooLarge),
    (Flaw::RevocationLists, Reason::UnknownAttribute),
    (Flaw::OtherDigest, Reason::UnknownAttribute),
    (Flaw::NoCertificateAmong, Reason::UnknownAttribute),
    (Flaw::LongVersion, Reason::MalformedSignature),
    (Flaw::ContentTag, Reason::MalformedSignature),
];

fn flaw_name(flaw: Flaw) -> &'static str {
    Box::leak(format!("{flaw:?}").into_boxed_str())
}

/// What depends on the class of content.
fn by_class<'a>(estate: &'a Estate, signers: &'a Signers) -> Vec<Condition<'a>> {
    let signed = Publisher::signing_time();
    let condition = |name, signer, class, expected| Condition {
        name,
        signing: Signing::by(signer).stamped(Attestation::Token(signers.get("time"), signed)),
        trust: estate.trust(&[]),
        question: question(class),
        expected,
    };
    let signer = &estate.publisher.signer;
    vec![
        condition("purpose not listed", signer, Class::OsUpdate, quarantined(Reason::UnknownPurpose)),
        condition("purpose listed", signers.get("component"), Class::OsUpdate, ACCEPTED),
        condition("class that the policy lacks", signer, Class::StoreApp, refused(Reason::WrongKind)),
        condition("driver", signer, Class::DriverWhql, ACCEPTED),
    ]
}

/// What revocation lists change.
fn by_revocation<'a>(estate: &'a Estate, signers: &'a Signers) -> Vec<Condition<'a>> {
    let signed = Publisher::signing_time();
    let stamped = || Signing::by(signers.get("revoked")).stamped(Attestation::Token(signers.get("time"), signed));
    let entry = |at: &str, reason| Revoked { serial: 4711, at: forge::certificate::at(at), reason };
    let (before, after) = ("2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z");
    let mut all = Vec::new();
    let mut add = |name, signing, trust: Trust, demand, expected| {
        let question = Question { revocation: demand, ..question(Class::MsApp) };
        all.push(Condition { name, signing, trust, question, expected });
    };
    let known = RevocationDemand::Known;
    add("revoked before", stamped(), estate.trust(&[entry(before, 0)]), known, refused(Reason::Revoked));
    add("revoked after", stamped(), estate.trust(&[entry(after, 4)]), known, noted(Reason::RevokedLater));
    add("key compromised", stamped(), estate.trust(&[entry(after, 1)]), known, refused(Reason::Revoked));
    add("authority compromised", stamped(), estate.trust(&[entry(after, 2)]), known, refused(Reason::Revoked));
    let unstamped = Signing::by(signers.get("revoked"));
    add("revoked, no timestamp", unstamped, estate.trust(&[entry(after, 4)]), known, refused(Reason::Revoked));
    let issuer = Revoked { serial: 2, at: at(before), reason: 0 };
    add("issuer revoked", stamped(), estate.trust(&[issuer]), known, refused(Reason::Revoked));
    let none = || Trust { policy: estate.policy.clone(), revocation_lists: RevocationLists::new() };
    add("no list, taken in", stamped(), none(), known, refused(Reason::RevocationUnknown));
    add("no list, used", stamped(), none(), RevocationDemand::IfAtHand, noted(Reason::RevocationUnknown));
    let all_authorities = estate.authorities();
    let listed = |trust: &mut Trust, period: (&str, &str), authorities: &[&Authority], revoked: &[Revoked]| {
        for authority in authorities {
            let list = crl::list(authority, at(period.0), at(period.1), revoked);
            trust.revocation_lists.add(&list).unwrap();
        }
    };
    let lists = |period, authorities: &[&Authority], revoked: &[Revoked]| {
        let mut trust = none();
        listed(&mut trust, period, authorities, revoked);
        trust
    };
    let current = ("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let ended = ("2026-10-01T00:00:00Z", "2026-11-20T00:00:00Z");
    let grace = ("2026-10-01T00:00:00Z", "2026-11-25T00:00:00Z");
    let coming = ("2026-12-02T00:00:00Z", "2027-01-01T00:00:00Z");
    let if_at_hand = RevocationDemand::IfAtHand;
    let unknown = || refused(Reason::RevocationUnknown);
    add("ended list, taken in", stamped(), lists(ended, &all_authorities, &[]), known, unknown());
    add("ended list, used", stamped(), lists(ended, &all_authorities, &[]), if_at_hand, ACCEPTED);
    add("list within its grace", stamped(), lists(grace, &all_authorities, &[]), known, ACCEPTED);
    add("list of tomorrow", stamped(), lists(coming, &all_authorities, &[]), known, unknown());
    let [root, issuer, time_root] = all_authorities;
    add("no list of the issuer", stamped(), lists(current, &[root, time_root], &[]), known, unknown());
    add("no list of the time's authority", stamped(), lists(current, &[root, issuer], &[]), known, unknown());
    let trust = lists(current, &[root, issuer], &[]);
    add("no list of the time's authority, used", stamped(), trust, if_at_hand, noted(Reason::RevocationUnknown));
    let namesake = Authority::root("Forged Issuer");
    add("list of a namesake", stamped(), lists(current, &[root, time_root, &namesake], &[]), known, unknown());
    let mut trust = lists(current, &all_authorities, &[]);
    listed(&mut trust, current, &[&namesake], &[entry(before, 0)]);
    add("revoked by a namesake", stamped(), trust, known, ACCEPTED);

    // What any list says counts, whatever stands in others.
    for (name, period) in [
        ("revoked by an ended list beside a good one", ended),
        ("revoked by a newer list beside a good one", current),
        ("revoked by a coming list beside a good one", coming),
    ] {
        let mut trust = lists(period, &[issuer], &[entry(before, 0)]);
        listed(&mut trust, ("2026-10-15T00:00:00Z", "2027-01-01T00:00:00Z"), &all_authorities, &[]);
        add(name, stamped(), trust, known, refused(Reason::Revoked));
    }
    let mut trust = lists(current, &all_authorities, &[]);
    listed(&mut trust, grace, &[issuer], &[entry(before, 6)]);
    add("held once, and let go of", stamped(), trust, known, ACCEPTED);
    let held = lists(current, &all_authorities, &[entry(before, 6)]);
    add("held", stamped(), held, known, refused(Reason::Revoked));
    // The newest is the one that has to be current.
    let mut trust = lists(ended, &all_authorities, &[]);
    listed(&mut trust, ("2026-09-01T00:00:00Z", "2027-01-01T00:00:00Z"), &all_authorities, &[]);
    add("older list that goes on for longer", stamped(), trust, known, unknown());

    // What is not known of the root hides nothing that is known of the signer.
    let trust = || lists(current, &[issuer, time_root], &[entry(after, 4)]);
    add("revoked after, root unknown", stamped(), trust(), if_at_hand, noted(Reason::RevokedLater));
    let question = Question { revocation: if_at_hand, ..question(Class::Definition) };
    let strict =
        |name, signing| Condition { name, signing, trust: trust(), question, expected: refused(Reason::Revoked) };
    all.push(strict("revoked after, root unknown, strict", stamped()));
    let unstamped = Signing::by(signers.get("revoked"));
    all.push(strict("revoked after, root unknown, no timestamp", unstamped));
    all
}

#[test]
fn sec_t5_every_condition_has_its_verdict_and_its_reason_in_every_form() {
    let signers = signers(&ESTATE);
    let mut comparison = Comparison::default();
    for condition in conditions(&ESTATE, &signers) {
        for form in Form::ALL {
            let bytes = form.sign(&condition.signing);
            let verdict = judge(&condition.trust, &bytes, &condition.question);
            comparison.check(&format!("{} {form:?}", condition.name), &verdict, condition.expected);
        }
    }
    comparison.finish(500);
}

/// Judges what is signed under one of the conditions, in every form of file.
fn check_one(name: &str) {
    let signers = signers(&ESTATE);
    let all = conditions(&ESTATE, &signers);
    let condition = all.iter().find(|condition| condition.name == name).unwrap();
    let mut comparison = Comparison::default();
    for form in Form::ALL {
        let verdict = judge(&condition.trust, &form.sign(&condition.signing), &condition.question);
        comparison.check(&format!("{name} {form:?}"), &verdict, condition.expected);
    }
    comparison.finish(Form::ALL.len());
}

#[test]
fn sec_t6_a_key_on_a_named_curve_is_taken() {
    check_one("P-384");
}

#[test]
fn sec_t6_a_key_that_brings_its_curve_along_is_no_key() {
    check_one("own curve");
}
