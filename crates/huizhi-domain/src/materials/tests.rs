use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;

use super::cases::{Expected, compare, rows};
use super::*;

const DAY: Date = date(2026, 12, 1);

fn rules() -> Materials {
    Materials::built_in().unwrap()
}

fn years(who: Who, home: Home, years: u8, business: &str) -> Situation {
    Situation { who, home, age: Some(Age::Years(years)), business: business.to_owned(), obstacle: None, day: DAY }
}

#[test]
fn no_file_of_the_folder_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/materials");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), BUILT_IN.len());
}

#[test]
fn every_row_of_the_table_is_answered_as_it_says() {
    let rules = rules();
    let rows = rows().unwrap();
    for row in &rows {
        let answer = rules.answer(&row.situation);
        assert_eq!(answer.case_id, row.id, "{:?}", row.situation);
        assert_eq!(Expected::of(&answer), row.expected, "{} {:?}", row.id, row.situation);
    }
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), 29, "{ids:?}");
}

#[test]
fn whatever_can_be_asked_is_answered_by_a_rule_and_not_by_the_last_resort() {
    let rules = rules();
    for who in Who::ALL {
        for home in who.homes() {
            for business in rules.businesses() {
                for age in [0, 13, 15, 16, 25, 26, 45, 46, 80] {
                    let answer = rules.answer(&years(who, *home, age, &business.id));
                    assert_ne!(answer.case_id, "ASK", "{who:?} {home:?} {} {age}", business.id);
                }
            }
        }
    }
    let nobody = rules.answer(&years(Who::Mainland, Home::Here, 30, "no-such-business"));
    assert_eq!((nobody.case_id.as_str(), nobody.allowed), ("ASK", Allowed::Conditional));
    let early = Situation { day: date(1999, 1, 1), ..years(Who::Mainland, Home::Here, 30, "id-renewal") };
    assert_eq!(rules.answer(&early).case_id, "ASK");
}

#[test]
fn the_deadline_the_notes_and_the_one_of_groups_are_those_of_the_table() {
    let rules = rules();
    let first = rules.answer(&years(Who::Mainland, Home::Elsewhere, 10, "id-first"));
    assert_eq!(first.deadline, Some(Deadline { days: 60, remote_days: 30, working: false }));
    let guardian = first.item("guardian-id").unwrap();
    assert_eq!((guardian.any_of.len(), guardian.more), (8, true));
    assert_eq!(first.item("guardian-proof").unwrap().any_of.len(), 3);
    assert!(first.item("pledge").is_none());
    assert!(first.reasons.iter().any(|it| it.id == "home-province-list" && it.source.as_deref() == Some("cctv")));
    assert!(first.reasons.iter().all(|it| it.id != "apply-within-3-months"));
    let permit = rules.answer(&years(Who::Taiwan, Home::NotApplicable, 30, "hmt-permit"));
    assert_eq!(permit.deadline, Some(Deadline { days: 20, remote_days: 10, working: true }));
    assert_eq!(permit.booking, Booking::NotNeeded);
    let temporary = rules.answer(&years(Who::Mainland, Home::Here, 30, "id-temporary"));
    assert_eq!(temporary.deadline.map(|it| it.days), Some(3));
}

#[test]
fn who_is_refused_is_told_what_is_theirs() {
    let rules = rules();
    let refused = rules.answer(&years(Who::HongKongMacau, Home::NotApplicable, 40, "id-first"));
    assert_eq!(refused.allowed, Allowed::No);
    let instead = rules.answer(&refused.instead.unwrap());
    assert_eq!((instead.case_id.as_str(), instead.allowed), ("HMT-RP-FIRST", Allowed::Yes));
    // The refusal holds at every age, so that the age need not be known.
    let unknown = Situation { age: None, ..years(Who::HongKongMacau, Home::NotApplicable, 0, "id-first") };
    assert_eq!(rules.answer(&unknown).case_id, "HMT-ID");
}

#[test]
fn an_obstacle_turns_the_answer_away_from_home_and_changes_nothing_at_home() {
    let rules = rules();
    let away = years(Who::Mainland, Home::Province, 30, "id-lost");
    let open = rules.answer(&away);
    assert_eq!(open.obstacles.len(), 3);
    for obstacle in &open.obstacles {
        let with = |home| Situation { home, obstacle: Some(obstacle.id.clone()), ..away.clone() };
        assert_eq!(rules.answer(&with(Home::Province)).case_id, "REFUSE-1");
        assert_eq!(rules.answer(&with(Home::Here)).case_id, "L-LOST");
    }
    assert!(rules.answer(&years(Who::Mainland, Home::Here, 30, "id-lost")).obstacles.is_empty());
}

#[test]
fn the_age_counts_on_the_day_of_the_visit_and_a_term_that_begins_before_the_issue_is_told() {
    let rules = rules();
    let of = |birth, day| rules.answer(&Situation::new(Who::Mainland, Home::Here, birth, "id-renewal", day));
    let (birth, before, on) = (date(2010, 12, 2), date(2026, 12, 1), date(2026, 12, 2));
    assert_eq!(of(birth, before).case_id, "L-U16-RENEW");
    assert_eq!(of(birth, on).case_id, "L-16-RENEW");
    let validity = of(birth, before).validity.unwrap();
    assert_eq!(validity.term, Term::Years(5));
    assert_eq!(validity.later, Some(Later { from: on, term: Term::Years(10) }));
    assert_eq!(of(date(2000, 12, 2), before).validity.unwrap().later, Some(Later { from: on, term: Term::Years(20) }));
    assert_eq!(of(date(1990, 3, 7), before).validity.unwrap().later, None);
    assert_eq!(of(date(1980, 12, 1), before).validity.unwrap(), Validity { term: Term::LongTerm, later: None });
}

#[test]
fn a_newer_edition_of_a_case_holds_from_its_day_on_without_any_rust() {
    let rules = rules();
    let id_card = &rules.files().iter().find(|file| file.name == "id-card").unwrap().text;
    let dearer = "[[case]]\nid = \"L-TEMP\"\nlike = \"L-16-FIRST\"\nfrom = \"2027-01-01\"\n\
        when = { who = [\"mainland\"], home = [\"here\"], business = [\"id-temporary\"] }\nfee_fen = 1500\n";
    let changed =
        rules.with_file("id-card", &id_card.replacen("# Household elsewhere", &format!("{dearer}\n# Elsewhere"), 1));
    let changed = changed.unwrap();
    let fee = |rules: &Materials, day| {
        rules.answer(&Situation { day, ..years(Who::Mainland, Home::Here, 30, "id-temporary") }).fee_fen
    };
    assert_eq!(fee(&changed, date(2026, 12, 31)), Some(1000));
    assert_eq!(fee(&changed, date(2027, 1, 1)), Some(1500));
    assert_eq!(fee(&rules, date(2027, 1, 1)), Some(1000));
    let different = |day| {
        let all = compare(&rules, &changed, day).unwrap();
        all.into_iter().filter(cases::Compared::differs).map(|it| it.row.id).collect::<BTreeSet<_>>()
    };
    assert!(different(DAY).is_empty());
    assert_eq!(different(date(2027, 1, 1)), BTreeSet::from(["L-TEMP".to_owned()]));
}

#[test]
fn a_faulty_file_is_told_with_its_name_line_and_key() {
    let rules = rules();
    let told = |more: &str| {
        let text = format!("version = 1\ncity = \"441300\"\n{more}");
        rules.with_file("mine", &text).unwrap_err().to_string()
    };
    let unknown_key = told("[[case]]\nid = \"A\"\nfee = 3\n");
    assert!(unknown_key.starts_with("materials/mine.toml, line "), "{unknown_key}");
    assert!(unknown_key.contains("unknown field `fee`"), "{unknown_key}");
    let case = |more: &str| {
        let base = "[[case]]\nid = \"A\"\nallowed = \"no\"\nfrom = \"2026-01-01\"\nsays = \"ask\"\nnotes = [\"ask-the-office\"]\n\
            sources = [\"ours\"]\nconfidence = \"low\"\n";
        told(&format!("{base}{more}"))
    };
    assert!(case("").contains("a second case without when"), "{}", case(""));
    let twice = case("when = { who = [\"foreigner\"], business = [\"id-first\"] }\n");
    assert!(twice.contains("are both about foreigner, not-applicable, id-first"), "{twice}");
    let lost = case("when = { business = [\"id-frist\"] }\n");
    assert!(lost.contains("case “A”: business “id-frist” is not given anywhere"), "{lost}");
    let item = case("when = { business = [\"id-first\"] }\nitems = [\"hukou\"]\n");
    assert!(item.contains("allowed is no, so there are no items"), "{item}");
    let day = told("[[case]]\nid = \"A\"\nallowed = \"no\"\nfrom = \"soon\"\n");
    assert!(day.starts_with("materials/mine.toml, line 3: "), "{day}");
    assert!(day.ends_with(": case “A”: from “soon” is no day; it is written 2026-12-01"), "{day}");
    let hearsay = told("[sources.a]\ntitle = \"t\"\nurls = []\nkind = \"hearsay\"\nchecked = \"2026-11\"\n");
    assert!(hearsay.contains("hearsay") && hearsay.contains("`commercial`"), "{hearsay}");
    assert!(told("[texts.yes]\nzh = \"是\"\nen = \"yes\"\n").contains("texts.yes is given twice"));
    let elsewhere = rules.with_file("mine", "version = 1\ncity = \"440100\"\n").unwrap_err();
    assert_eq!(elsewhere.why, "city is 440100, the other files say otherwise");
}

#[test]
fn an_operators_file_stands_in_the_place_of_ours() {
    let rules = rules();
    let ours = &rules.files().iter().find(|file| file.name == "residence-permit").unwrap().text;
    let own = vec![("residence-permit".to_owned(), ours.replace("fee_fen = 0", "fee_fen = 500"))];
    let changed = Materials::built_in_with(&own).unwrap();
    let permit = years(Who::Taiwan, Home::NotApplicable, 30, "hmt-permit");
    assert_eq!(changed.answer(&permit).fee_fen, Some(500));
    assert_eq!(rules.answer(&permit).fee_fen, Some(0));
}

fn situation() -> impl Strategy<Value = Situation> {
    let business = prop::sample::select(vec![
        "id-first",
        "id-renewal",
        "id-lost",
        "id-damaged",
        "id-change",
        "id-temporary",
        "hmt-permit",
        "foreign-registration",
        "unheard-of",
    ]);
    let obstacle = prop::sample::select(vec![None, Some("data-differ"), Some("looks-changed"), Some("unheard-of")]);
    let who = prop::sample::select(Who::ALL.to_vec());
    let home = prop::sample::select(Home::ALL.to_vec());
    (who, home, 0..40_000_i64, business, obstacle, 0..2_000_i64).prop_map(
        |(who, home, old, business, obstacle, later)| {
            let day = date(2024, 1, 1).saturating_add(jiff::Span::new().days(later));
            let birth = day.saturating_sub(jiff::Span::new().days(old));
            let obstacle = obstacle.map(str::to_owned);
            Situation { obstacle, ..Situation::new(who, home, birth, business, day) }
        },
    )
}

proptest! {
    #[test]
    fn an_answer_always_has_a_sentence_and_a_source(situation in situation()) {
        let answer = rules_once().answer(&situation);
        prop_assert!(!answer.sources.is_empty() && !answer.says.zh.is_empty() && !answer.says.en.is_empty());
        prop_assert!(answer.allowed != Allowed::No || answer.items.is_empty() && answer.fee_fen.is_none());
        prop_assert!(answer.allowed == Allowed::Yes || !answer.reasons.is_empty());
    }

    #[test]
    fn guardian_and_term_follow_the_age_on_the_day(birth in 0..20_000_i64, later in 0..2_000_i64, home in 0..3_usize) {
        let day = date(2024, 10, 1).saturating_add(jiff::Span::new().days(later));
        let birth = date(1969, 1, 1).saturating_add(jiff::Span::new().days(birth)).min(day);
        let home = Who::Mainland.homes()[home];
        let age = Age::Born(birth).on(day);
        for business in ["id-first", "id-renewal", "id-lost", "id-damaged", "id-change"] {
            let answer = rules_once().answer(&Situation::new(Who::Mainland, home, birth, business, day));
            let term = match age { 0..16 => Term::Years(5), 16..26 => Term::Years(10), 26..46 => Term::Years(20), _ => Term::LongTerm };
            let validity = answer.validity.unwrap();
            prop_assert_eq!(validity.term, term);
            prop_assert_eq!(answer.guardian, age < 16);
            prop_assert!(validity.later.is_none_or(|it| it.from > day && it.term != term));
        }
    }
}

/// Read once: the property asks it many times.
fn rules_once() -> &'static Materials {
    static RULES: std::sync::LazyLock<Materials> = std::sync::LazyLock::new(rules);
    &RULES
}

/// Appointments and rules speak of the same things by the same names.
#[test]
fn businesses_are_those_of_appointments() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/visit/businesses.toml");
    let visit: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    let visit = visit["business"].as_array().unwrap();
    let rules = rules();
    assert_eq!(visit.len(), rules.businesses().len());
    for business in visit {
        let id = business["id"].as_str().unwrap();
        let ours = rules.business(id).unwrap_or_else(|| panic!("{id} has no rules"));
        assert_eq!((ours.name.zh.as_str(), ours.name.en.as_str()), names(business), "{id}");
        let who = ours.for_who[0];
        let answer = rules.answer(&years(who, who.homes()[0], 30, id));
        assert_eq!(answer.booking.word(), business["booking"].as_str().unwrap(), "{id}");
    }
}

fn names(business: &toml::Value) -> (&str, &str) {
    let name = |lang: &str| business["name"][lang].as_str().unwrap();
    (name("zh"), name("en"))
}
