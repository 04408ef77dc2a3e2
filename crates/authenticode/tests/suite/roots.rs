//! The roots that come with the program are what the policy says, and what security research recorded.

use authenticode::{Class, Policy};

#[test]
fn the_roots_for_publishers_are_the_recorded_ones() {
    let summary = Policy::builtin().summary();
    let key = |name: &str| {
        let root = summary.roots.iter().find(|root| root.name == name);
        root.map(|root| root.key.to_string()).unwrap_or_default()
    };
    for (name, recorded) in [
        (
            "Microsoft Root Certificate Authority 2010",
            "c9905b0ee01202293ca026e64f08412442c5504c06e44ca7e9726d61f20e4089",
        ),
        (
            "Microsoft Root Certificate Authority 2011",
            "02376d0908ac23041cc7d666d9daf192554f7fc36317aa9cb800908616b28af8",
        ),
        (
            "Microsoft ECC Product Root Certificate Authority 2018",
            "68ded9a203ff6e367e12aa49977cd200f7127a800faa6f859f0bafed8286a4fb",
        ),
        (
            "Microsoft Time Stamp Root Certificate Authority 2014",
            "fc02a49e2e1e8e488ca2912135572cc2f8e71bb0e2f28596b3722299f5cb9c62",
        ),
        (
            "Microsoft Identity Verification Root Certificate Authority 2020",
            "dedb13bcde2375995a1c37bd68a7c4a82af5cbb9c4df821b62d5733009028f07",
        ),
    ] {
        assert_eq!(key(name), recorded, "{name}");
    }
}

#[test]
fn the_summary_says_what_each_root_vouches_for() {
    let summary = Policy::builtin().summary();
    let vouches = |name: &str| summary.roots.iter().find(|root| root.name == name).unwrap().vouches.join(", ");
    assert_eq!(vouches("Microsoft Root Certificate Authority 2010"), "publishers, timestamps");
    assert_eq!(vouches("Microsoft Root Certificate Authority 2011"), "publishers");
    assert_eq!(vouches("Microsoft Root Certificate Authority"), "legacy");
    assert_eq!(vouches("Microsoft RSA Root Certificate Authority 2017"), "nothing");
    assert!(summary.roots.iter().all(|root| !root.vouches.is_empty()));

    let local = forge::Publisher::new("Local");
    let mut policy = Policy::builtin();
    policy.add_local_publisher(&local.root.identity.certificate).unwrap();
    let with_local = policy.summary();
    assert_eq!(with_local.roots.len(), summary.roots.len() + 1);
    let root = with_local.roots.iter().find(|root| root.name == "Local Root").unwrap();
    assert_eq!(root.vouches, ["local publishers"]);
    assert_ne!(with_local.fingerprint, summary.fingerprint);
}

#[test]
fn the_summary_says_which_classes_take_no_later_revocation() {
    let strict = |policy: &Policy| -> Vec<Class> {
        policy.summary().classes.iter().filter(|class| class.strict_revocation).map(|class| class.class).collect()
    };
    assert_eq!(strict(&Policy::builtin()), []);
    assert_eq!(strict(&crate::estate::ESTATE.policy), [Class::Definition]);
}

#[test]
fn microsofts_classes_ask_for_timestamps_and_only_drivers_allow_others_beside() {
    for class in Policy::builtin().summary().classes {
        assert!(class.timestamp, "{:?}", class.class);
        assert_eq!(class.foreign_signers, class.class == Class::DriverWhql, "{:?}", class.class);
        assert_eq!(class.local, class.class == Class::LocalPublish, "{:?}", class.class);
    }
}
