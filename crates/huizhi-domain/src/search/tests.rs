use proptest::prelude::*;

use super::*;
use crate::words::Lang;

fn texts(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.text).collect()
}

fn counts(of: &[(&str, i64)], entries: i64) -> Counts {
    Counts { entries, of: of.iter().map(|(token, count)| ((*token).to_owned(), *count)).collect() }
}

/// As if every token were had by few.
fn all_known(query: &Query) -> Counts {
    Counts { entries: 100, of: query.tokens().into_iter().map(|token| (token, 3)).collect() }
}

#[test]
fn han_is_cut_into_pairs_and_words_stand_as_they_are() {
    assert_eq!(texts("照片回执"), ["照片", "片回", "回执", "执"]);
    assert_eq!(texts("我的ＪＰＥＧ照片,358×441px"), ["我的", "的", "jpeg", "照片", "片", "358", "441px"]);
    assert_eq!(texts("Photo receipts: address, business"), ["photo", "receipt", "address", "business"]);
    assert_eq!(texts("照，片"), ["照", "片"]);
    assert!(texts(" \"*()&|!:<-> ").is_empty());
}

#[test]
fn a_query_keeps_no_sign_that_a_database_could_understand() {
    let hostile =
        ["\" OR *", "title:照片", "NEAR(a b)", "a & !b", "'); DROP TABLE log; --", "照片*", "^照片", "{title}"];
    for typed in hostile {
        for token in Query::parse(typed).tokens() {
            assert!(token.chars().all(char::is_alphanumeric), "{typed}: {token}");
        }
    }
    assert!(Query::parse("\"*\" ( ) ！").is_empty());
    assert_eq!(Query::parse("照").terms(), [Term::Prefix("照".to_owned())]);
    assert_eq!(Query::parse("照片回").terms(), [Term::Phrase(vec!["照片".to_owned(), "片回".to_owned()])]);
    assert_eq!(Query::parse("receipts").terms(), [Term::Prefix("receipt".to_owned())]);
    assert!(Query::parse("sfz").may_be_spelled() && !Query::parse("sfz照").may_be_spelled());
    assert!(Query::parse(&"照片".repeat(500)).tokens().len() <= 32);
}

#[test]
fn what_nobody_wrote_so_is_looked_for_in_any_order_and_then_by_what_is_rare() {
    let query = Query::parse("惠州照片有效期");
    let counts = counts(&[("惠州", 5), ("照片", 80), ("有效", 20), ("效期", 20)], 100);
    let lookups = query.lookups(&counts);
    assert_eq!(lookups.len(), 4);
    let one = |token: &str| Term::Phrase(vec![token.to_owned()]);
    assert_eq!(lookups[2], Lookup::Every(Within::All, vec![one("惠州"), one("照片"), one("有效"), one("效期")]));
    assert_eq!(lookups[3], Lookup::Any(Within::All, vec![one("惠州"), one("有效"), one("效期"), one("照片")]));
    assert!(Query::parse("！").lookups(&counts).is_empty());
}

#[test]
fn a_title_comes_before_a_text_and_the_whole_before_parts() {
    let query = Query::parse("照片回执");
    let counts = all_known(&query);
    let same = score(&query, &counts, "照片回执", "");
    let begins = score(&query, &counts, "照片回执是什么", "");
    let title = score(&query, &counts, "什么是照片回执", "");
    let text = score(&query, &counts, "怎么办身份证", "要先有照片回执，再去窗口。");
    let parts = score(&query, &counts, "怎么办身份证", "照片要新的，回执在手机里。");
    let nothing = score(&query, &counts, "居住证", "居住登记。");
    assert!(same > begins && begins > title && title > text && text > parts && parts > nothing);
    assert!(title.fits && text.fits && !nothing.fits);
    // A word is not found in the middle of another.
    let id = Query::parse("id");
    assert_eq!(score(&id, &all_known(&id), "Hidden fees", ""), Score::default());
    assert!(score(&id, &all_known(&id), "A new ID card", "").fits);
}

#[test]
fn finds_are_marked_and_snippets_begin_where_a_sentence_does() {
    let marked = |pieces: Vec<(String, bool)>| -> String {
        pieces.into_iter().map(|(text, mark)| if mark { format!("[{text}]") } else { text }).collect()
    };
    let query = Query::parse("照片回执");
    assert_eq!(marked(highlight(&query, "什么是照片回执？")), "什么是[照片回执]？");
    assert_eq!(marked(highlight(&Query::parse("照"), "拍照，照片")), "拍[照]，[照]片");
    assert_eq!(marked(highlight(&Query::parse("receipt"), "Two Receipts")), "Two [Receipts]");
    let text = format!("{}。照片回执有效期是多少天？{}", "前面的话".repeat(30), "后面的话".repeat(30));
    assert_eq!(marked(snippet(&query, &text, 20)), "…[照片回执]有效期是多少天？后面的话后面的话…");
    assert_eq!(marked(snippet(&Query::parse("没有"), "一二三四五", 3)), "一二三…");
    assert_eq!(marked(snippet(&query, "照片\n\n 回执", 20)), "[照片] [回执]");
}

#[test]
fn titles_are_spelled_from_the_beginning_and_from_within() {
    let keys = |title: &str, reading: Option<&str>| -> Vec<(i64, String)> {
        super::keys(title, reading).into_iter().map(|key| (key.place, key.term)).collect()
    };
    let has = |keys: &[(i64, String)], place: i64, term: &str| keys.contains(&(place, term.to_owned()));
    let receipt = keys("什么是照片回执？", None);
    assert!(has(&receipt, 0, "什么是照片回执") && has(&receipt, 0, "smszphz") && has(&receipt, 1, "zphz"));
    assert!(has(&receipt, 0, "shenmeshizhaopianhuizhi"), "{receipt:?}");
    assert!(has(&receipt, 1, "huizhi") && !has(&receipt, 1, "回执"));
    let chongqing = keys("重庆市", Some("chong qing"));
    assert!(has(&chongqing, 0, "chongqingshi") && has(&chongqing, 0, "cqs"));
    let english = keys("What is a photo receipt?", None);
    assert!(has(&english, 0, "whatisaphotoreceipt") && has(&english, 1, "photoreceipt"));
    assert_eq!(typed_key("Photo Rec"), "photorec");
    assert!("photorec" < beyond("photo").as_str() && beyond("photo").as_str() < "photp");
}

#[test]
fn what_is_alike_comes_first_and_ties_go_by_the_key() {
    let own = ("照片回执怎么办", "在手机上拍照，审核后领回执。");
    let others = [
        (3, ("居住证要带什么", "房产证怎么带到窗口。")),
        (2, ("照片回执有效期多久", "回执领到后要在有效期内去窗口。")),
        (1, ("照片回执有效期多久", "回执领到后要在有效期内去窗口。")),
        (4, ("Fees", "None.")),
    ];
    let mut counts = Counts { entries: 5, ..Counts::default() };
    for (title, text) in others.iter().map(|(_, texts)| *texts).chain([own]) {
        let distinct: std::collections::BTreeSet<String> = texts(title).into_iter().chain(texts(text)).collect();
        for token in distinct {
            *counts.of.entry(token).or_insert(0) += 1;
        }
    }
    let rarities = Rarities::of(&counts);
    let weighed = weigh(own.0, own.1, &rarities);
    let others = others.map(|(key, (title, text))| (key, weigh(title, text, &rarities)));
    assert_eq!(nearest(&weighed, &others, 10), [1, 2, 3]);
    assert!((likeness(&weighed, &weighed) - 1.0).abs() < 1e-9);
    assert!(likeness(&weighed, &others[3].1) < 1e-9);
    let said = characteristic(own.0, own.1, &counts, 3);
    assert_eq!(said.len(), 3);
    assert!(said.iter().all(|token| counts.count(token) > 1), "{said:?}");
}

#[test]
fn kinds_are_read_as_they_are_written() {
    for kind in Kind::ALL {
        assert_eq!(kind.word().parse(), Ok(kind));
    }
    assert!("page".parse::<Kind>().is_err());
    let entry = Entry {
        kind: Kind::City,
        key: "441300".to_owned(),
        lang: Lang::Zh,
        title: "惠州市".to_owned(),
        text: String::new(),
        address: "/".to_owned(),
        reading: Some("hui zhou".to_owned()),
        version: 0,
    };
    assert_eq!(entry.clone(), entry);
}

proptest! {
    #[test]
    fn any_part_of_a_text_finds_it(before in "[一-龥a-z ，。]{0,12}", part in "[一-龥]{2,8}", after in "[一-龥a-z ，。]{0,12}") {
        let text = format!("{before}{part}{after}");
        let of_text = texts(&text);
        let query = Query::parse(&part);
        let Some(Term::Phrase(wanted)) = query.terms().first() else { panic!("a phrase") };
        prop_assert!(of_text.windows(wanted.len()).any(|window| window == wanted.as_slice()));
        let counts = all_known(&query);
        prop_assert!(score(&query, &counts, &text, "").fits);
        let marked: String = highlight(&query, &text).into_iter().filter(|(_, mark)| *mark).map(|(text, _)| text).collect();
        prop_assert!(marked.contains(&part));
    }

    #[test]
    fn nothing_that_is_typed_breaks_anything(typed in ".{0,120}", text in ".{0,400}", most in 1_usize..60) {
        let query = Query::parse(&typed);
        for token in query.tokens() {
            prop_assert!(!token.is_empty() && token.chars().all(char::is_alphanumeric));
        }
        let whole: String = highlight(&query, &text).into_iter().map(|(piece, _)| piece).collect();
        prop_assert_eq!(whole, text.clone());
        let shown: usize = snippet(&query, &text, most).iter().map(|(piece, _)| piece.chars().count()).sum();
        prop_assert!(shown <= most + 2);
        let _ = score(&query, &all_known(&query), &text, &typed);
        for key in keys(&text, None) {
            prop_assert!(key.term.chars().count() <= 24);
            prop_assert!(key.term < beyond(&key.term));
        }
        for token in tokens(&text) {
            prop_assert!(token.at + token.length <= text.chars().count());
        }
    }
}
