#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

fn public(text: &str) -> bool {
    is_public(text.parse().unwrap())
}

#[test]
fn refuses_every_special_purpose_network() {
    let refused = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "fc00::1",
        "fdff::1",
        "ff02::1",
        "100::1",
        "2001::1",
        "2001:20::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "64:ff9b:1::1",
    ];
    for address in refused {
        assert!(!public(address), "{address} counts as public");
    }
}

#[test]
fn permits_the_neighbours_of_the_special_networks() {
    let permitted = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:200::1",
        "2a00:1450::1",
        "3fff:1000::1",
    ];
    for address in permitted {
        assert!(public(address), "{address} counts as private");
    }
}

#[test]
fn looks_through_ipv6_forms_of_ipv4_addresses() {
    for form in ["::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::127.0.0.1", "2002:7f00:1::", "2002:c0a8:101::1"] {
        assert!(!public(form), "{form} counts as public");
    }
    for form in ["::ffff:1.1.1.1", "64:ff9b::8.8.8.8", "2002:808:808::1"] {
        assert!(public(form), "{form} counts as private");
    }
}

#[test]
fn permits_an_exception_on_its_port_only() {
    let rules = AddressRules::from_options(&["localhost:8080".to_owned(), "[::1]:9".to_owned()]).unwrap();
    let may_reach_loopback = |host, port| rules.reach_of(&HostPort::new(host, port)).includes("127.0.0.1".parse().unwrap());
    assert!(may_reach_loopback("LOCALHOST", 8080));
    assert!(may_reach_loopback("[::1]", 9));
    assert!(!may_reach_loopback("localhost", 8081));
    assert!(!may_reach_loopback("127.0.0.1", 8080), "the same address by its number");
    assert!(!may_reach_loopback("example.com", 8080));
    assert!(rules.reach_of(&HostPort::new("example.com", 443)).includes("1.1.1.1".parse().unwrap()));
}

#[test]
fn reads_hosts_with_and_without_ports() {
    let read = |text: &str| HostPort::parse(text, 443).unwrap().to_string();
    assert_eq!(read("API.openai.com"), "api.openai.com:443");
    assert_eq!(read("127.0.0.1:80"), "127.0.0.1:80");
    assert_eq!(read("[::1]:80"), "[::1]:80");
    assert_eq!(read("[::1]"), "[::1]:443");
    for wrong in ["", ":80", "host:port", "host:99999", "::1", "https://host", "*.example.com"] {
        assert!(HostPort::parse(wrong, 443).is_err(), "{wrong:?} was read");
    }
}

#[test]
fn insists_on_a_port_for_an_exception() {
    assert!(AddressRules::from_options(&["localhost".to_owned()]).is_err());
}
