use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::peer::{PeerKey, Right};
use crate::seal::tests::Dice;

/// 2026-11-25 10:00 in China.
const NOW: Moment = Moment(1_795_572_000_000);

fn us() -> Issuer {
    "HZ".parse().unwrap()
}

fn them() -> Issuer {
    "GZ".parse().unwrap()
}

fn signer() -> Signer {
    Signer::new(&[7; 32])
}

/// The peer whose envelopes are opened: a key that is good, one that is over and one that is yet to come.
fn peer() -> Peer {
    let key = |seed: u8, from, until| PeerKey::new(Signer::new(&[seed; 32]).public(), from, until).unwrap();
    Peer {
        code: them(),
        name: "centre".to_owned(),
        address: "https://centre.example".to_owned(),
        rights: Right::ALL.to_vec(),
        keys: vec![
            key(7, Moment(0), None),
            key(8, Moment(0), Some(NOW.after_s(-3600))),
            key(9, NOW.after_s(3600), None),
        ],
    }
}

fn hello(seed: u64) -> Envelope {
    let body = json!({ "version": "0.1.0", "clock_ms": NOW.0 }).to_string();
    Envelope::ask(them(), us(), "hello", body, NOW, &mut Dice(seed))
}

fn open(jws: &str, now: Moment) -> Result<Envelope, EnvelopeError> {
    Envelope::open(jws, &peer(), us(), now)
}

/// Header and payload as given, signed.
fn forged(header: &Value, payload: &Value) -> String {
    let part = |json: &Value| BASE64.encode(json.to_string());
    signer().token(&format!("{}.{}", part(header), part(payload)))
}

/// Name, envelope, and the second at which it is opened.
fn cases() -> Vec<(&'static str, String, i64)> {
    let now = NOW.0 / 1000;
    let plain = hello(1);
    let header = json!({ "alg": "EdDSA", "kid": signer().id(), "typ": TYPE });
    let payload = serde_json::to_value(&plain).unwrap();
    let changed = |key: &str, value: Value| {
        let mut payload = payload.clone();
        payload[key] = value;
        forged(&header, &payload)
    };
    let headed = |key: &str, value: &str| {
        let mut header = header.clone();
        header[key] = value.into();
        forged(&header, &payload)
    };
    let sealed = plain.seal(&signer());
    let (signed, signature) = sealed.rsplit_once('.').unwrap();
    let file: (&str, &[u8]) = ("photo", b"a photo");
    let flipped = signature.replacen(|_: char| true, if signature.starts_with('A') { "B" } else { "A" }, 1);
    vec![
        ("plain", sealed.clone(), now),
        (
            "an-answer",
            Envelope { kind: "refused".to_owned(), ..plain.answer("refused", "{}".to_owned(), NOW, &mut Dice(2)) }
                .answered_by(&signer()),
            now,
        ),
        ("with-a-file", hello(3).with(&[file]).seal(&signer()), now),
        (
            "in-another-script",
            Envelope { body: "{\"note\":\"耳朵未露出\"}".to_owned(), ..hello(4) }.seal(&signer()),
            now,
        ),
        ("last-moment-ahead", sealed.clone(), now - SLACK_S),
        ("ahead", sealed.clone(), now - SLACK_S - 1),
        ("ten-minutes-ahead", sealed.clone(), now - 600),
        ("last-moment", sealed.clone(), now + LIFE_S + SLACK_S - 1),
        ("over", sealed.clone(), now + LIFE_S + SLACK_S),
        ("ten-minutes-over", sealed.clone(), now + 600),
        ("too-long", changed("exp", json!(plain.iat + LIFE_S + 1)), now),
        ("ends-before-it-begins", changed("exp", json!(plain.iat)), now),
        ("other-audience", changed("aud", json!("SZ")), now),
        ("unknown-peer", changed("iss", json!("SZ")), now),
        ("version-2", changed("v", json!(2)), now),
        ("unknown-field", changed("more", json!(1)), now),
        ("short-name", changed("jti", json!("AAAA")), now),
        ("other-type", headed("typ", "huizhi-window+jws"), now),
        ("no-algorithm", headed("alg", "none"), now),
        ("unknown-key", hello(5).seal(&Signer::new(&[10; 32])), now),
        ("key-expired", hello(6).seal(&Signer::new(&[8; 32])), now),
        ("key-too-early", hello(7).seal(&Signer::new(&[9; 32])), now),
        ("signature", format!("{signed}.{flipped}"), now),
        (
            "signed-by-another-under-its-name",
            {
                let (signed, _) = sealed.rsplit_once('.').unwrap();
                Signer::new(&[8; 32]).token(signed)
            },
            now,
        ),
        ("two-parts", signed.to_owned(), now),
        ("nothing", String::new(), now),
    ]
}

impl Envelope {
    /// Sealed as if the other side had answered itself.
    fn answered_by(mut self, signer: &Signer) -> String {
        (self.iss, self.aud) = (them(), us());
        self.seal(signer)
    }
}

#[test]
fn the_test_vectors_are_what_this_program_does() {
    let vectors: Vec<Value> = cases()
        .into_iter()
        .map(|(name, envelope, at)| {
            let opened = open(&envelope, Moment(at * 1000));
            let mut vector = json!({ "name": name, "at": at, "envelope": envelope });
            vector["expect"] = opened.as_ref().map_or_else(EnvelopeError::word, |_| "good").into();
            if let Ok(envelope) = opened {
                vector["kind"] = envelope.kind.as_str().into();
                vector["digest"] = envelope.digest().into();
            }
            vector
        })
        .collect();
    let secrets: Vec<String> = (7..=9).map(|seed: u8| BASE64.encode([seed; 32])).collect();
    let keys: Vec<Value> = peer()
        .keys
        .iter()
        .zip(secrets)
        .map(|(key, secret)| {
            json!({
                "kid": key.id, "public": BASE64.encode(key.public), "secret": secret, "from_ms": key.from.0,
                "until_ms": key.until.map(|until| until.0),
            })
        })
        .collect();
    let written = json!({ "us": us(), "peer": them(), "keys": keys, "vectors": vectors });
    let written = serde_json::to_string_pretty(&written).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/peer/vectors.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), written, "UPDATE=1 writes what this program does");
}

#[test]
fn every_cause_is_told_apart() {
    let expect = |name: &str, word: &str| {
        let (_, envelope, at) = cases().into_iter().find(|(known, ..)| *known == name).unwrap();
        let opened = open(&envelope, Moment(at * 1000));
        assert_eq!(opened.map_or_else(|error| error.word(), |_| "good"), word, "{name}");
    };
    for name in ["plain", "an-answer", "with-a-file", "in-another-script", "last-moment-ahead", "last-moment"] {
        expect(name, "good");
    }
    for name in [
        "ahead",
        "over",
        "too-long",
        "other-audience",
        "unknown-peer",
        "unknown-key",
        "key-expired",
        "key-too-early",
        "signature",
    ] {
        expect(name, name);
    }
    for name in ["version-2", "unknown-field", "short-name", "other-type", "no-algorithm", "two-parts", "nothing"] {
        expect(name, "form");
    }
    expect("ten-minutes-ahead", "ahead");
    expect("ten-minutes-over", "over");
    expect("ends-before-it-begins", "too-long");
    expect("signed-by-another-under-its-name", "signature");
}

#[test]
fn every_flipped_bit_is_found() {
    let jws = hello(1).seal(&signer());
    for at in 0..jws.len() {
        for bit in 0..7 {
            let mut bytes = jws.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            assert!(open(&text, NOW).is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn an_answer_answers_one_question_only() {
    let (asked, other) = (hello(1), hello(2));
    let answer = asked.answer("hello", "{}".to_owned(), NOW, &mut Dice(3));
    assert_eq!(answer.answers(&asked), Ok(()));
    assert_eq!(answer.answers(&other), Err(EnvelopeError::OtherQuestion));
    assert_eq!(hello(4).answers(&asked), Err(EnvelopeError::OtherQuestion), "a question is no answer");
    let strange = asked.answer("cases/give", "{}".to_owned(), NOW, &mut Dice(3));
    assert_eq!(strange.answers(&asked), Err(EnvelopeError::OtherKind("cases/give".to_owned())));
}

#[test]
fn what_goes_beside_is_what_was_named() {
    let beside: [(&str, &[u8]); 2] = [("preview", b"one"), ("report", b"two\n")];
    let envelope = hello(1).with(&beside);
    let message = pack(&envelope.seal(&signer()), &beside);
    let (jws, rest) = unpack(&message).unwrap();
    let opened = open(jws, NOW).unwrap();
    assert_eq!(files(&opened, rest).unwrap(), beside);
    for other in [&b"onetwo"[..], b"onetwo\n+", b"0netwo\n", b""] {
        assert_eq!(files(&opened, other), Err(EnvelopeError::Files));
    }
    assert_eq!(unpack(b"no line feed"), Err(EnvelopeError::Form));
    assert_eq!(unpack(&vec![b'a'; MOST_BYTES + 1]), Err(EnvelopeError::TooLarge));
}

#[test]
fn the_test_vectors_come_out_the_same_in_another_language() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/peer");
    let python =
        |arguments: &[&std::ffi::OsStr]| std::process::Command::new("/usr/bin/python3").args(arguments).output();
    let there = python(&["-c".as_ref(), "import cryptography".as_ref()]);
    if !there.is_ok_and(|said| said.status.success()) {
        println!("python3-cryptography is not installed: the check in another language is left out");
        return;
    }
    let said = python(&[specs.join("check.py").as_ref(), specs.join("vectors.json").as_ref()]).unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.status.success() && text.ends_with("vectors\n"), "{text}{}", String::from_utf8_lossy(&said.stderr));
}
