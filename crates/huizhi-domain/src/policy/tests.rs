use huizhi_photo::spec::Catalog;
use jiff::civil::date;

use super::*;
use crate::city::Cities;

fn policies() -> Policies {
    Policies::built_in().unwrap()
}

fn of(city: &str, document: &str) -> Policy {
    policies().of(city.parse().unwrap(), document)
}

fn codes(policy: &BTreeSet<String>) -> Vec<&str> {
    policy.iter().map(String::as_str).collect()
}

#[test]
fn a_value_that_the_city_leaves_open_is_its_provinces() {
    let huizhou = of("441300", "cn-resident-id");
    assert_eq!(huizhou.receipt.value, Acceptance::Accepted);
    assert_eq!(huizhou.receipt.region.to_string(), "441300");
    assert_eq!(huizhou.validity.value, Validity { days: 60, move_over_holidays: false });
    assert_eq!(huizhou.validity.region.to_string(), "440000");
    assert_eq!(huizhou.validity.confidence, Confidence::Medium);
    assert_eq!(huizhou.price_fen.region, RegionCode::COUNTRY);
    assert_eq!(huizhou.reuse.unwrap().value, Reuse { years: 2, from_age: None });
    assert_eq!(huizhou.version, "guangdong.2 country.2");
    assert_eq!(codes(&huizhou.uses.value), ["cn-resident-id"]);
}

#[test]
fn an_identity_card_takes_a_residents_number_alone() {
    for (document, takes) in [("cn-resident-id", false), ("cn-residence-permit", true), ("cn-driver-licence", true)] {
        let policy = of("441300", document);
        assert!(policy.takes(IdKind::ResidentId));
        assert_eq!(policy.takes(IdKind::ChinesePassport), takes, "{document}");
    }
}

#[test]
fn guangzhou_counts_180_days_from_the_day_after_and_moves_over_holidays() {
    let guangzhou = of("440100", "cn-resident-id");
    assert_eq!(guangzhou.validity.value, Validity { days: 180, move_over_holidays: true });
    assert_eq!(guangzhou.validity.confidence, Confidence::High);
    assert_eq!(guangzhou.reuse.unwrap().value.from_age, Some(16));
    let calendar = Calendar::built_in().unwrap();
    // 180 days after 4 April 2025 is 1 October; the first working day after that is the 9th.
    assert_eq!(guangzhou.validity.value.until(date(2025, 4, 4), &calendar), date(2025, 10, 9));
    assert_eq!(of("440300", "cn-resident-id").validity.value.until(date(2025, 4, 4), &calendar), date(2025, 10, 1));
}

#[test]
fn one_sheet_of_shenzhen_is_good_for_three_documents() {
    for document in ["cn-resident-id", "cn-gd-sz-residence-permit", "cn-ssc"] {
        let uses = of("440300", document).uses.value;
        assert_eq!(codes(&uses), ["cn-gd-sz-residence-permit", "cn-resident-id", "cn-ssc"], "{document}");
    }
    let plain = of("440300", "cn-residence-permit").uses.value;
    assert_eq!(codes(&plain), ["cn-residence-permit", "cn-resident-id", "cn-ssc"]);
}

#[test]
fn a_photo_is_used_again_only_where_a_text_says_so() {
    assert!(of("441300", "cn-resident-id").reuse.is_some());
    assert!(of("430100", "cn-resident-id").reuse.is_none());
    assert!(of("441300", "cn-ssc").reuse.is_none());
}

#[test]
fn where_nothing_is_known_the_counter_takes_the_photo_and_little_is_asked() {
    let hangzhou = of("330100", "cn-resident-id");
    assert_eq!(hangzhou.receipt.value, Acceptance::None);
    assert_eq!(hangzhou.receipt.region, RegionCode::COUNTRY);
    assert!(hangzhou.fields.value.is_empty());
    assert_eq!(hangzhou.price_fen.value, 0);
    assert_eq!(hangzhou.turnaround.value, Turnaround { min: 10, max: 30 });
    assert_eq!(of("330100", "cn-ssc").receipt.value, Acceptance::Accepted);
    assert_eq!(of("330100", "cn-ssc").validity.confidence, Confidence::Low);
}

#[test]
fn what_is_asked_and_how_it_is_looked_up_differs_by_place() {
    let yunnan = of("530100", "cn-exit-entry-digital-354x472");
    assert!(yunnan.asks(Field::Name) && yunnan.asks(Field::IdNumber) && !yunnan.asks(Field::Phone));
    assert_eq!(of("430100", "cn-resident-id").lookup.value, Lookup::IdNumber);
    assert_eq!(of("510100", "cn-resident-id").lookup.value, Lookup::NumberAndIdNumber);
    assert_eq!(of("441300", "cn-resident-id").lookup.value, Lookup::Number);
    assert_eq!(of("340100", "cn-resident-id").receipt.value, Acceptance::None);
    assert_eq!(of("500000", "cn-exit-entry-digital-354x472").receipt.value, Acceptance::Accepted);
}

#[test]
fn every_document_and_place_of_a_row_exists() {
    let (policies, catalog, cities) = (policies(), Catalog::built_in().unwrap(), Cities::built_in().unwrap());
    for document in policies.documents() {
        assert!(catalog.get(document).is_some(), "{document}");
    }
    for region in policies.regions() {
        let known = region == RegionCode::COUNTRY || cities.find(region).is_some() || cities.province(region).is_some();
        assert!(known, "{region}");
    }
    let here = policies.documents_of("441300".parse().unwrap());
    assert!(here.contains(&"cn-resident-id".to_owned()) && here.contains(&"cn-driver-licence".to_owned()));
}

#[test]
fn no_file_of_the_folder_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/policies");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().path().file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    let listed: Vec<&str> = row::BUILT_IN.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, names);
}

#[test]
fn a_faulty_file_is_told_with_its_name_and_key() {
    let told = |text: &str| Policies::read(&[("here", text)]).unwrap_err().to_string();
    let source =
        "source = \"a\"\nconfidence = \"low\"\n[sources.a]\ntitle = \"t\"\nurls = []\nkind = \"k\"\nchecked = \"c\"";
    let unknown = told(&format!("version = 1\n[[policy]]\nregion = \"440000\"\nprice = 3\n{source}"));
    assert!(unknown.starts_with("policy here: ") && unknown.contains("price"), "{unknown}");
    let days = told(&format!(
        "version = 1\n[[policy]]\nregion = \"440000\"\ndocuments = [\"a\"]\nvalidity = {{ days = 0 }}\n{source}"
    ));
    assert_eq!(days, "policy here: policy 1: validity.days is 0, it must be 1 to 3660");
    let row =
        "[[policy]]\nregion = \"440000\"\ndocuments = [\"a\"]\nprice_fen = 1\nsource = \"a\"\nconfidence = \"low\"\n";
    let twice = told(&format!(
        "version = 1\n{row}[[policy]]\nregion = \"440000\"\ndocuments = [\"a\"]\nprice_fen = 2\n{source}"
    ));
    assert_eq!(twice, "policy here: price_fen of 440000 a is given twice");
    let open = told(&format!("version = 1\n[[policy]]\nregion = \"440000\"\ndocuments = [\"a\"]\n{source}"));
    assert!(open.contains("receipt is missing"), "{open}");
}

#[test]
fn every_source_is_named_in_both_languages() {
    let policies = policies();
    for region in policies.regions() {
        for document in policies.documents() {
            let policy = policies.of(region, document);
            for source in [&policy.receipt.source, &policy.validity.source, &policy.price_fen.source] {
                let title = source.zh.split(" · ").next().unwrap();
                assert!(title.chars().any(|letter| letter >= '\u{4e00}'), "{title}");
                assert!(!title.contains("Q&A"), "{title}");
            }
        }
    }
    let price = of("441300", "cn-resident-id").price_fen.source;
    assert_ne!(price.zh, price.en);
}
