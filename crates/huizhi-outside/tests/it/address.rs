//! No form of writing an address reaches this machine or its network (security.md, row 16).

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use huizhi_outside::{Allowed, Call, CallError, Limits};

use crate::server::{Raw, Script, client};

/// Addresses as strangers write them; PORT is the listener's.
const FORMS: &[&str] = &[
    // This machine, in all the ways that parsers take.
    "http://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://%31%32%37.0.0.1/",
    "https://１２７．０．０．１/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https:\\\\127.0.0.1/",
    "https:/127.0.0.1/",
    " https://127.0.0.1/",
    "https://127.0.\t0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    // Names of this machine and network.
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://a.localhost/",
    "https://printer/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://router.home.arpa/",
    // Private and shared networks.
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.1.1/",
    "https://3232235777/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://192.0.0.192/",
    // Not for hosts.
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://192.0.2.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://198.18.0.1/",
    "https://192.88.99.1/",
    // IPv6, and IPv4 inside it.
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b:1::127.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://[fe80::1%25lo]/",
    // Tricks with the rest of the URL.
    "https://public.example@127.0.0.1/",
    "https://127.0.0.1@public.example/",
    "https://public.example:secret@public.example/",
    "https://public.example:22/",
    "https://public.example:PORT/",
    "http://public.example/",
    "ftp://public.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/_x",
    "unix:/var/run/docker.sock",
    "data:text/plain,x",
    "javascript:0",
    "//127.0.0.1/",
    "https://",
    "https:///",
    "",
];

#[tokio::test]
async fn every_form_of_a_local_address_is_refused_before_a_connection() {
    let listener = Raw::start("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let resolver = Script::new(&[&["93.184.215.14"]]);
    let caller = client(Vec::new(), Limits::default(), resolver.clone());
    let mut table = String::new();
    for form in FORMS {
        let address = form.replace("PORT", &listener.address.port().to_string());
        let told = match caller.call(Call::get(address.clone())).await {
            Err(CallError::Address(error)) => error,
            Err(error) => panic!("{address} was tried: {error}"),
            Ok(answer) => panic!("{address} was called: {}", answer.status),
        };
        assert!(!told.to_string().contains("secret"), "{told}");
        writeln!(table, "{:<24} {address:<50} {told}", told.code()).unwrap();
    }
    println!("{table}{} forms refused", FORMS.len());
    assert!(FORMS.len() >= 40);
    assert_eq!((listener.came(), resolver.1.load(Ordering::SeqCst)), (0, 0), "connections, questions to the resolver");
}

#[tokio::test]
async fn a_public_name_with_an_address_inside_is_refused_before_a_connection() {
    let listener = Raw::start("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let answers: &[&[&str]] = &[
        &["127.0.0.1"],
        &["::1"],
        &["10.1.2.3"],
        &["169.254.169.254"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["fd00::1"],
        &["0.0.0.0"],
        // One that is public does not make the others so.
        &["93.184.215.14", "127.0.0.1"],
        &["127.0.0.1", "93.184.215.14"],
        &[],
    ];
    for answer in answers {
        let caller = client(vec![named(listener.address.port())], Limits::default(), Script::new(&[answer]));
        let told = caller.call(Call::get(format!("http://public.example:{}/", listener.address.port()))).await;
        let Err(CallError::Address(told)) = told else { panic!("{answer:?} was tried") };
        println!("{:<24} {answer:?}: {told}", told.code());
    }
    assert_eq!(listener.came(), 0);
}

/// The classic attack: the name is public when it is checked, and this machine when it is connected to.
#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing() {
    let listener = Raw::start("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let port = listener.address.port();
    let limits = Limits { connect: Duration::from_millis(300), whole: Duration::from_millis(600), ..Limits::default() };
    let resolver = Script::new(&[&["93.184.215.14"], &["127.0.0.1"]]);
    let caller = client(vec![named(port)], limits, resolver.clone());
    let first = caller.call(Call::get(format!("http://public.example:{port}/"))).await.err().unwrap();
    assert!(!matches!(first, CallError::Address(_)), "the public address was connected to, or tried: {first}");
    assert_eq!(resolver.1.load(Ordering::SeqCst), 1, "a call asks once");
    let second = caller.call(Call::get(format!("http://public.example:{port}/"))).await.err().unwrap();
    assert!(matches!(second, CallError::Address(_)), "{second}");
    assert_eq!(listener.came(), 0);
}

/// A host whose port and plain HTTP the operator allows, and no private address.
fn named(port: u16) -> Allowed {
    Allowed { host: "public.example".to_owned(), port: Some(port), http: true, private: false }
}
