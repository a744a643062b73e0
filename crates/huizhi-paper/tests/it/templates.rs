//! The templates of `specs/receipts/`.

use std::collections::BTreeSet;
use std::path::Path;

use huizhi_paper::{Line, Paper, PaperError, Templates};

const GENERAL: &str = r#"
version = 1
[[receipt]]
regions = ["100000"]
title = "{ document }照片回执"
number_label = "回执号"
paper = "a5"
lines = ["name"]
source = "ours"
confidence = "low"
[sources.ours]
title = "ours"
urls = []
kind = "ours"
checked = "2026-11"
"#;

fn fault(files: &[(&str, &str)]) -> String {
    Templates::read(files.iter().copied()).unwrap_err().to_string()
}

#[test]
fn the_city_wins_over_the_province_and_the_province_over_the_country() {
    let templates = Templates::built_in().unwrap();
    let of = |city: &str, document: &str| {
        let look = templates.of(city.parse().unwrap(), document);
        (look.title.value, look.number_label.value)
    };
    let pair = |title: &str, label: &str| (title.to_owned(), label.to_owned());
    assert_eq!(of("441300", "cn-resident-id"), pair("广东省居民身份证数字相片采集（检测）回执", "图像号"));
    assert_eq!(of("440100", "cn-resident-id"), pair("广东省居民身份证数字相片（采集检测）回执", "回执号"));
    assert_eq!(of("440600", "cn-resident-id"), pair("广东省居民身份证数字相片采集回执", "图像号"));
    assert_eq!(of("441900", "cn-resident-id"), pair("第二代居民身份证数字相片采集回执", "回执编号"));
    assert_eq!(of("441300", "cn-driver-licence"), pair("驾驶证数码照片回执", "条形码编号"));
    assert_eq!(of("530100", "cn-exit-entry-567x390"), pair("出入境照片检测回执", "检测编号"));
    assert_eq!(of("440300", "cn-ssc"), pair("广东省居民身份证数字相片采集回执", "图像号"));
    assert_eq!(of("430100", "cn-resident-id"), pair("标准人像检测结果", "回执号"));
    assert_eq!(of("650100", "cn-2in"), pair("{ document }照片回执", "回执号"));
}

#[test]
fn notes_add_up_and_a_value_keeps_its_source() {
    let look = Templates::built_in().unwrap().of("440300".parse().unwrap(), "cn-resident-id");
    assert!(look.notes.len() > 3 && look.notes[0].zh.contains("深圳"));
    assert!(look.title.source.zh.contains("023wlan.com"));
    assert_eq!(look.version, "guangdong.1 country.1");
    assert_eq!((look.paper, look.lines[0]), (Paper::A5, Line::Name));
}

#[test]
fn every_file_of_the_folder_is_built_in_and_every_document_exists() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(specs.join("receipts")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        files.push((name, std::fs::read_to_string(&path).unwrap()));
    }
    let read = Templates::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap();
    let pairs = |templates: &Templates| templates.pairs().map(|(r, d)| (r, d.to_owned())).collect::<BTreeSet<_>>();
    assert_eq!(pairs(&read), pairs(&Templates::built_in().unwrap()));
    let cities = huizhi_domain::city::Cities::built_in().unwrap();
    for (region, document) in read.pairs() {
        assert!(specs.join(format!("documents/{document}.toml")).exists(), "{document}");
        let country = huizhi_domain::city::RegionCode::COUNTRY;
        assert!(region == country || cities.find(region).is_some() || cities.province(region).is_some(), "{region}");
    }
}

#[test]
fn a_slip_of_the_pen_is_named_with_file_and_key() {
    assert!(Templates::read([("country", GENERAL)]).is_ok());
    assert!(fault(&[("country", &GENERAL.replace("number_label", "label"))]).contains("template country"));
    assert!(fault(&[("country", &GENERAL.replace("number_label", "label"))]).contains("label"));
    assert!(fault(&[("country", &GENERAL.replace("[\"name\"]", "[\"name\", \"name\"]"))]).contains("lines"));
    assert!(fault(&[("country", &GENERAL.replace("paper = \"a5\"", ""))]).contains("paper"));
    assert!(fault(&[("country", &GENERAL.replace("\"ours\"\nconf", "\"theirs\"\nconf"))]).contains("theirs"));
    assert!(fault(&[("country", &GENERAL.replace("100000", "441300"))]).contains("documents is empty"));
    assert!(fault(&[]).contains("100000"));
    let twice = GENERAL.replace("regions", "documents = [\"cn-ssc\"]\nregions");
    let files = [("country", GENERAL), ("one", &twice), ("two", &twice)];
    assert!(matches!(Templates::read(files), Err(PaperError::Template { .. })));
    assert!(fault(&files).contains("title of 100000 cn-ssc is given twice"));
}
