//! Writes the sample receipt on every paper and in both languages, and says what it cost:
//! `cargo run -p huizhi-paper --example receipt -- FOLDER [PHOTO.jpg]`, the photo shaped like 26 × 32 mm.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a tool for the developer, who reads the panic")]

#[path = "../tests/it/sample.rs"]
mod sample;

use std::path::PathBuf;

use cpu_time::ProcessTime;
use huizhi_domain::words::Lang;
use huizhi_paper::{Fonts, Paper, PaperError, pdf, png};

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().expect("name a folder"));
    let photo = arguments.next().map(|path| std::fs::read(path).expect("the photo cannot be read"));
    std::fs::create_dir_all(&folder).expect("the folder cannot be made");
    let begin = ProcessTime::now();
    Fonts::bundled().expect("the bundled font cannot be read");
    println!("bundled font: {:.1} ms CPU", milliseconds(begin));
    let begin = ProcessTime::now();
    let fonts = Fonts::with_system().expect("the bundled font cannot be read");
    println!("fonts: {:.1} ms CPU; {}", milliseconds(begin), fonts.names().collect::<Vec<_>>().join(", "));
    for lang in Lang::ALL {
        let mut sheet = sample::sheet(lang);
        if let Some(jpeg) = &photo {
            sheet.photo.jpeg.clone_from(jpeg);
        }
        for paper in Paper::ALL {
            let name = format!("{paper:?}.{}.pdf", lang.tag());
            report(&folder.join(&name), &name, || pdf(&sheet, paper, &fonts));
        }
        let name = format!("phone.{}.png", lang.tag());
        report(&folder.join(&name), &name, || png(&sheet, &fonts, 1080));
    }
    // The first four are bundled, the fifth needs a font of rare characters, the last is younger than most fonts.
    let mut sheet = sample::sheet(Lang::Zh);
    sheet.name = Some("李𬎆𬍛㐂𠮷\u{2A6A5}\u{323AE}".to_owned());
    println!("missing: {:?}", fonts.missing(sheet.name.as_deref().unwrap_or_default()));
    report(&folder.join("rare.pdf"), "rare.pdf", || pdf(&sheet, Paper::A5, &fonts));
    report(&folder.join("rare.png"), "rare.png", || png(&sheet, &fonts, 1080));
}

/// Makes a file 20 times, says the median of CPU times and its size, and writes it.
fn report(path: &std::path::Path, name: &str, make: impl Fn() -> Result<Vec<u8>, PaperError>) {
    let mut times = Vec::new();
    let mut bytes = Vec::new();
    for _ in 0..20 {
        let begin = ProcessTime::now();
        bytes = make().expect("the sheet was not made");
        times.push(milliseconds(begin));
    }
    times.sort_by(f64::total_cmp);
    println!("{name}: median {:.1} ms CPU, {} bytes", times[times.len() / 2], bytes.len());
    std::fs::write(path, bytes).expect("the file cannot be written");
}

fn milliseconds(begin: ProcessTime) -> f64 {
    begin.elapsed().as_secs_f64() * 1e3
}
