//! The program as people run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn huizhi(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huizhi"));
    command.args(arguments).env("LANG", "en_GB.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    command
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/portraits").join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_cat_is_no_person_and_exits_1() {
    let cat = huizhi(&["photo", "check", text(&corpus("cat.png"))]);
    assert_eq!(cat.status.code(), Some(1));
    assert!(out(&cat).contains("P01") && out(&cat).contains("No face found"), "{}", out(&cat));
    let chinese = huizhi(&["photo", "check", text(&corpus("cat.png")), "--lang", "zh"]);
    assert!(out(&chinese).contains("需要重拍"), "{}", out(&chinese));
    assert!(!out(&chinese).contains('\u{1b}'), "colours went into a pipe");
}

#[test]
fn a_file_that_cannot_be_read_exits_3_and_is_named() {
    let missing = huizhi(&["photo", "check", "no-such-photo.jpg"]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(err(&missing).contains("no-such-photo.jpg"), "{}", err(&missing));
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.jpg");
    fs::write(&broken, [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]).unwrap();
    for photo_command in ["check", "make"] {
        let result = huizhi(&["photo", photo_command, text(&broken)]);
        assert_eq!(result.status.code(), Some(3));
        assert!(err(&result).contains("broken.jpg") && err(&result).contains("JPEG"), "{}", err(&result));
    }
}

#[test]
fn what_does_not_exist_exits_2_and_the_message_names_what_does() {
    let cat = corpus("cat.png");
    let document = huizhi(&["photo", "check", text(&cat), "--document", "cn-residnt-id"]);
    assert_eq!(document.status.code(), Some(2));
    assert!(err(&document).contains("cn-resident-id"), "{}", err(&document));
    let colour = huizhi(&["photo", "make", text(&cat), "--background", "green", "-o", "-"]);
    assert_eq!(colour.status.code(), Some(2));
    assert!(err(&colour).contains("choose white"), "{}", err(&colour));
    let paper = huizhi(&["photo", "sheet", text(&cat), "--paper", "a9"]);
    assert_eq!(paper.status.code(), Some(2));
    assert!(err(&paper).contains("six-inch"), "{}", err(&paper));
}

#[test]
fn every_document_is_listed() {
    let list = huizhi(&["photo", "documents"]);
    assert_eq!(list.status.code(), Some(0));
    assert!(out(&list).ends_with("65 documents\n"), "{}", out(&list));
    let json: serde_json::Value = serde_json::from_slice(&huizhi(&["photo", "documents", "--json"]).stdout).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 65);
    let one = huizhi(&["photo", "documents", "cn-resident-id", "--lang", "zh"]);
    assert!(out(&one).contains("358×441 px") && out(&one).contains("居民身份证"), "{}", out(&one));
}

#[test]
fn a_photo_comes_in_through_the_standard_input_and_the_report_out_as_json() {
    let mut child =
        command(&["photo", "check", "-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(corpus("cat.png")).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["photos"][0]["file"], "-");
    assert_eq!(json["photos"][0]["report"]["findings"][0]["rejection"], "P01");
}

#[test]
fn a_photo_is_made_with_the_pixels_of_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made.jpg");
    let report = folder.path().join("report.json");
    let marked = folder.path().join("marked.png");
    let result = huizhi(&[
        "photo",
        "make",
        text(&corpus("astronaut_smile.png")),
        "-o",
        text(&made),
        "--report",
        text(&report),
        "--annotate",
        text(&marked),
    ]);
    assert_eq!(result.status.code(), Some(1), "she smiles: {}", err(&result));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    let certificate = &json["photos"][0]["made"]["certificate"];
    assert_eq!((&certificate["width_px"], &certificate["height_px"]), (&358.into(), &441.into()));
    assert_eq!(json["photos"][0]["made"]["size_bytes"], fs::metadata(&made).unwrap().len());
    assert!(fs::read(&marked).unwrap().starts_with(b"\x89PNG"));

    let sheet = folder.path().join("sheet.pdf");
    let result = huizhi(&["photo", "sheet", text(&made), "-o", text(&sheet)]);
    assert_eq!(result.status.code(), Some(0), "{}", err(&result));
    assert!(fs::read(&sheet).unwrap().starts_with(b"%PDF"));
}

#[test]
fn a_photo_is_never_written_over_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let cat = folder.path().join("cat.png");
    fs::copy(corpus("cat.png"), &cat).unwrap();
    let before = fs::read(&cat).unwrap();
    assert_eq!(huizhi(&["photo", "make", text(&cat), "-o", text(&cat)]).status.code(), Some(2));
    assert_eq!(huizhi(&["photo", "check", text(&cat), "--annotate", text(&cat)]).status.code(), Some(2));
    assert_eq!(fs::read(&cat).unwrap(), before);
}

#[test]
fn a_batch_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (photos, results) = (folder.path().join("photos"), folder.path().join("results"));
    fs::create_dir(&photos).unwrap();
    fs::copy(corpus("cat.png"), photos.join("cat.png")).unwrap();
    fs::copy(corpus("photographer_grey.png"), photos.join("<person>.png")).unwrap();
    fs::write(photos.join("broken.jpg"), b"not a photo").unwrap();
    fs::write(photos.join("notes.txt"), b"left alone").unwrap();
    let run = || huizhi(&["photo", "batch", text(&photos), "--out", text(&results)]);

    let first = run();
    assert_eq!(first.status.code(), Some(3), "{}", err(&first));
    assert!(out(&first).starts_with("3 photos:") && out(&first).contains("1 failed"), "{}", out(&first));
    let done = fs::read_to_string(results.join("done.jsonl")).unwrap();
    assert_eq!(done.lines().count(), 3);
    let page = fs::read_to_string(results.join("index.html")).unwrap();
    assert!(page.contains("&lt;person&gt;.png") && !page.contains("<person>") && !page.contains("http://localhost"));
    let table = fs::read(results.join("report.csv")).unwrap();

    let second = run();
    assert!(out(&second).contains("3 of them were done before"), "{}", out(&second));
    assert_eq!(fs::read_to_string(results.join("done.jsonl")).unwrap(), done);
    assert_eq!(fs::read(results.join("report.csv")).unwrap(), table);

    // A run that was cut off while it wrote a line does that photo again.
    let cut: String = done.chars().take(done.len() / 2).collect();
    fs::write(results.join("done.jsonl"), &cut).unwrap();
    let third = run();
    assert!(!out(&third).contains("3 of them"), "{}", out(&third));
    assert_eq!(fs::read_to_string(results.join("done.jsonl")).unwrap().lines().count(), 3);
    assert_eq!(fs::read(results.join("report.csv")).unwrap(), table);
}

#[test]
fn shells_and_man_are_told_of_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(out(&huizhi(&["completions", shell])).contains("batch"), "{shell}");
    }
    assert!(out(&huizhi(&["man"])).contains("photo batch"));
}

#[test]
fn the_doctor_changes_nothing_and_names_what_is_wrong_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let fresh = huizhi(&["doctor", "--data", text(&data)]);
    assert!(out(&fresh).contains("data is made at the first start"), "{}", out(&fresh));
    assert!(!out(&fresh).contains("doctor-"), "{}", out(&fresh));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it made something");

    let listed = huizhi(&["staff", "list", "--data", text(&data)]);
    assert_eq!(listed.status.code(), Some(0), "{}", err(&listed));
    let well = huizhi(&["doctor", "--data", text(&data)]);
    assert!(out(&well).contains("✓ Database: well") && out(&well).contains("✓ Keys:"), "{}", out(&well));

    fs::write(folder.path().join("data-keys/master-1.key"), b"short").unwrap();
    let broken = huizhi(&["doctor", "--data", text(&data)]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(out(&broken).contains("✗ Keys:") && out(&broken).contains("restore the file"), "{}", out(&broken));
    fs::remove_dir_all(folder.path().join("data-keys")).unwrap();
    assert!(out(&huizhi(&["doctor", "--data", text(&data)])).contains("has no keys to them"));
}
