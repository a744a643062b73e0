//! The source page's three faults put back, what else each rule finds, and what none of them should find.

use super::*;

/// What everything is held against, as the service has it.
struct Data {
    cities: Cities,
    policies: Policies,
    catalog: Catalog,
    materials: Materials,
    fees: Fees,
    terms: Terms,
}

impl Data {
    fn new() -> Self {
        let materials = Materials::built_in().unwrap();
        Self {
            cities: Cities::built_in().unwrap(),
            policies: Policies::built_in().unwrap(),
            catalog: Catalog::built_in().unwrap(),
            fees: Fees::of(&materials, jiff::civil::date(2026, 12, 1)).unwrap(),
            materials,
            terms: Terms::built_in().unwrap(),
        }
    }

    fn lint(&self, subject: &Subject<'_>) -> Vec<Remark> {
        self.lint_with(subject, &[], &BTreeSet::new(), &[])
    }

    fn lint_with(
        &self,
        subject: &Subject<'_>,
        captions: &[Caption],
        dead: &BTreeSet<String>,
        guide: &[String],
    ) -> Vec<Remark> {
        let Self { cities, policies, catalog, materials, fees, terms } = self;
        lint(subject, &Facts { cities, policies, catalog, materials, fees, terms, guide, captions, dead })
    }
}

const fn zh<'a>(title: &'a str, body: &'a str) -> Subject<'a> {
    Subject { lang: Lang::Zh, title, excerpt: "", body, of_version: None, newest: None }
}

const fn en<'a>(title: &'a str, body: &'a str) -> Subject<'a> {
    Subject { lang: Lang::En, title, excerpt: "", body, of_version: None, newest: None }
}

fn rules(remarks: &[Remark]) -> Vec<&'static str> {
    remarks.iter().map(|remark| remark.rule).collect()
}

fn clean(remarks: &[Remark]) {
    assert!(remarks.is_empty(), "{remarks:?}");
}

#[test]
fn another_articles_city_is_found_when_it_is_put_back() {
    let body = "问：深圳身份证照片回执怎么弄？\n\n答：在手机上就能办。\n\n在西安办理的时候，把回执号给窗口。";
    let found = Data::new().lint(&zh("深圳身份证照片回执怎么弄？", body));
    assert_eq!(rules(&found), ["city.other"]);
    let remark = found.first().unwrap();
    assert_eq!((remark.severity, remark.field), (Severity::Error, Field::Body));
    assert_eq!((remark.found.as_str(), remark.right.as_str()), ("西安", "深圳"));
    let there: String = body.chars().skip(remark.at.start).take(remark.at.len()).collect();
    assert_eq!(there, "西安", "the place is where it stands");
}

#[test]
fn a_foreign_caption_is_found_when_it_is_put_back() {
    let body = "先拍照。\n\n![图片[8]-深圳社保卡照片回执-深圳社保百科](/picture/01.jpg)";
    let found = Data::new().lint(&zh("惠州身份证照片回执自己怎么弄？", body));
    assert_eq!(rules(&found), ["caption.other"]);
    assert!(found.first().is_some_and(|it| it.severity == Severity::Error && it.found.starts_with("![图片[8]")));
}

#[test]
fn the_photo_without_its_card_is_found_when_it_is_put_back() {
    let found = Data::new().lint(&zh("身份证照片回执是什么？", "回执全称是居民身份数字相片采集回执。"));
    assert_eq!(rules(&found), ["term.wrong"]);
    let remark = found.first().unwrap();
    assert_eq!((remark.found.as_str(), remark.right.as_str()), ("居民身份数字相片", "居民身份证数字相片"));
    let right = Data::new().lint(&zh("身份证照片回执是什么？", "回执全称是居民身份证数字相片采集回执。"));
    clean(&right);
}

#[test]
fn cities_that_are_compared_or_far_from_the_subject_are_let_through() {
    let data = Data::new();
    for body in [
        "惠州的回执在深圳也能用吗？看当地规定。",
        "来自江西安福县的申请人一样办。地址是中山路 3 号。",
        "{{receipt 440300}}\n\n[别的城市](/hz/深圳.html)",
    ] {
        clean(&data.lint(&zh("惠州怎么办照片回执？", body)));
    }
    // A title without a city leaves all of them free.
    clean(&data.lint(&zh("哪些地方认照片回执？", "深圳、珠海、东莞都可以。")));
    let beside = data.lint(&zh("惠州怎么办照片回执？", "深圳的做法不同。"));
    assert_eq!(beside.first().map(|it| it.severity), Some(Severity::Warning));
    let english = data.lint(&en("How do I get a photo receipt in Shenzhen?", "You can apply for it in Xi'an."));
    assert_eq!(rules(&english), ["city.other"]);
}

#[test]
fn captions_of_other_articles_pictures_without_words_and_machine_made_ones_are_found() {
    let data = Data::new();
    let title = "身份证照片怎么拍？";
    let other = Caption {
        alt: "坐正，看镜头".to_owned(),
        picture: "/picture/02.jpg".to_owned(),
        article: "居住证照片怎么拍？".to_owned(),
    };
    let body = "![坐正,看镜头](/picture/01.jpg) ![](/picture/03.jpg) ![IMG_2041.JPG](/picture/04.jpg) ![图片[2]](/picture/05.jpg)";
    let found = data.lint_with(&zh(title, body), std::slice::from_ref(&other), &BTreeSet::new(), &[]);
    assert_eq!(rules(&found), ["caption.repeated", "alt.missing", "alt.missing", "caption.machine"]);
    let same = "![坐正，看镜头](/picture/02.jpg)";
    // One picture may have its words in two articles.
    clean(&data.lint_with(&zh(title, same), &[other], &BTreeSet::new(), &[]));
}

#[test]
fn numbers_that_the_data_know_better_are_found() {
    let data = Data::new();
    let days = data.policies.of("441300".parse().unwrap(), "cn-resident-id").validity.value.days;
    let title = "惠州身份证照片回执多久有效？";
    let right = format!("回执有效期为 {days} 天。有效期满前 10 天会提醒您，9月30日前用掉。");
    clean(&data.lint(&zh(title, &right)));
    let wrong = data.lint(&zh(title, &format!("回执有效期为 {} 天。", days + 1)));
    assert_eq!(rules(&wrong), ["fact.validity"]);
    assert_eq!(wrong.first().map(|it| it.right.clone()), Some(days.to_string()));
    let english = format!("The receipt is valid for {} days.", days + 1);
    assert_eq!(
        rules(&data.lint(&en("How long is a Huizhou ID card photo receipt valid?", &english))),
        ["fact.validity"]
    );

    let size = "身份证照片是 358×441 像素。";
    clean(&data.lint(&zh("身份证照片多大？", size)));
    let wrong = data.lint(&zh("身份证照片多大？", "照片是 300 x 400 像素。"));
    assert_eq!((rules(&wrong), wrong.first().map(|it| it.found.as_str())), (vec!["fact.size"], Some("300 x 400")));
    assert_eq!(wrong.first().map(|it| it.right.as_str()), Some("358×441"));

    clean(&data.lint(&zh("惠州换身份证要多少钱？", "身份证工本费 20 元。")));
    assert_eq!(rules(&data.lint(&zh("惠州换身份证要多少钱？", "身份证工本费 25 元。"))), ["fact.fee"]);
    // Of another city nothing is known.
    clean(&data.lint(&zh("深圳换身份证要多少钱？", "身份证工本费 25 元。")));
}

#[test]
fn dead_links_faulty_blocks_a_copied_guide_and_a_stale_translation_are_found() {
    let data = Data::new();
    let title = "身份证照片怎么拍？";
    let dead = BTreeSet::from(["/nowhere".to_owned()]);
    let body = "见[这里](/nowhere#part)、[首页](/)和[外面](https://example.cn/nowhere)。";
    let found = data.lint_with(&zh(title, body), &[], &dead, &[]);
    assert_eq!((rules(&found), found.first().map(|it| it.right.as_str())), (vec!["link.dead"], Some("/nowhere#part")));

    for (body, rule) in [
        ("{{guides cn-resident-id}}", "block.unknown"),
        ("{{guide cn-nothing}}", "block.unknown"),
        ("{{receipt 999999}}", "block.unknown"),
        ("{{materials nothing}}", "block.unknown"),
        ("有效{{fact receipt-days 999999}}天", "block.unknown"),
        ("先看{{guide cn-resident-id}}再拍", "block.inline"),
        ("{{guide cn-resident-id", "block.open"),
    ] {
        assert_eq!(rules(&data.lint(&zh(title, body))), [rule], "{body}");
    }
    let good = "{{guide cn-resident-id}}\n\n{{cities}}\n有效{{fact receipt-days 441300}}天\n{{materials id-lost}}";
    clean(&data.lint(&zh(title, good)));

    let guide = ["脸上没有阴影、反光", "背景随意，一面白墙最好"].map(str::to_owned);
    let copied = "- 脸上没有阴影、反光\n- 背景随意，一面白墙最好";
    assert_eq!(rules(&data.lint_with(&zh(title, copied), &[], &dead, &guide)), ["guide.copied"]);
    let one = "脸上没有阴影、反光，就行。";
    clean(&data.lint_with(&zh(title, one), &[], &dead, &guide));

    let stale = Subject { of_version: Some(1), newest: Some(3), ..en("How do I take the photo?", "Sit up.") };
    assert_eq!(rules(&data.lint(&stale)), ["stale.translation"]);
    clean(&data.lint(&Subject { of_version: Some(3), ..stale }));
}

#[test]
fn titles_ask_and_errors_stand_before_warnings() {
    let data = Data::new();
    for title in ["照片回执怎么弄", "照片回执能重打吗？"] {
        clean(&data.lint(&zh(title, "能。")));
    }
    let found = data.lint(&zh("照片回执说明", "暂住证也行。"));
    assert_eq!(rules(&found), ["term.wrong", "title.no-question"]);
    assert_eq!(rules(&data.lint(&zh("  ", "能。"))), ["title.missing"]);
    clean(&data.lint(&en("Can I use it twice?", "No.")));
    assert_eq!(found.first().map(Remark::key), Some("lint-term-wrong".to_owned()));
}

#[test]
fn the_articles_that_come_with_the_service_raise_no_alarm() {
    let data = Data::new();
    let articles = crate::article::seed::built_in().unwrap();
    for (article, text) in articles.iter().flat_map(|article| article.texts.iter().map(move |text| (article, text))) {
        let (title, excerpt, body) = (text.title.as_str(), text.excerpt.as_str(), text.body.as_str());
        let remarks = data.lint(&Subject { lang: text.lang, title, excerpt, body, of_version: None, newest: None });
        assert!(remarks.is_empty(), "{} {:?}: {remarks:#?}", article.name, text.lang);
    }
    assert!(articles.len() >= 11);
}
