use proptest::prelude::*;

use super::*;

fn cities() -> Cities {
    Cities::built_in().unwrap()
}

fn city_of(cities: &Cities, query: &str) -> &'static str {
    match cities.search(query) {
        Issuing::City(city) => city.name,
        other => panic!("{query}: {other:?}"),
    }
}

fn choices_of(cities: &Cities, query: &str) -> Vec<&'static str> {
    let Issuing::Ambiguous { choices } = cities.search(query) else { panic!("{query}: {:?}", cities.search(query)) };
    let name = |choice: &Choice| match choice {
        Choice::City(city) | Choice::County { city, .. } => city.name,
        Choice::Province(province) => province.name,
    };
    choices.iter().map(name).collect()
}

#[test]
fn a_city_is_understood_however_it_is_written() {
    let all = cities();
    let ways = [
        "惠州",
        "惠州市",
        " 惠 州 市 ",
        "广东省惠州市",
        "广东惠州",
        "huizhou",
        "Huizhou",
        "HUI ZHOU",
        "ｈｕｉｚｈｏｕ",
        "huizhoushi",
        "Huizhou City",
    ];
    for way in ways {
        assert_eq!(city_of(&all, way), "惠州市", "{way}");
    }
    for (way, name) in [
        ("北京", "北京市"),
        ("上海市", "上海市"),
        ("吉林市", "吉林市"),
        ("吉林省吉林市", "吉林市"),
        ("吉林长春", "长春市"),
        ("海南海口", "海口市"),
        ("海南藏族自治州", "海南藏族自治州"),
        ("延边州", "延边朝鲜族自治州"),
        ("lvliang", "吕梁市"),
        ("Lüliang", "吕梁市"),
        ("luliang", "吕梁市"),
        ("Xi'an", "西安市"),
        ("hohhot", "呼和浩特市"),
        ("qqhe", "齐齐哈尔市"),
        ("chongqing", "重庆市"),
    ] {
        assert_eq!(city_of(&all, way), name, "{way}");
    }
}

#[test]
fn a_province_is_refused_with_its_cities() {
    let all = cities();
    for way in ["广东省", "广东", "guangdong", "Guangdong Province", "guangdongsheng"] {
        let Issuing::Province { province, cities } = all.search(way) else { panic!("{way}") };
        assert_eq!((province.name, cities.len()), ("广东省", 21), "{way}");
    }
    assert!(matches!(all.search("海南"), Issuing::Province { province, .. } if province.name == "海南省"));
    assert!(matches!(all.search("hainan"), Issuing::Province { province, .. } if province.name == "海南省"));
    assert!(matches!(all.search("Shaanxi"), Issuing::Province { province, .. } if province.name == "陕西省"));
    for way in ["香港", "Hong Kong", "台湾省", "aomen"] {
        assert!(matches!(all.search(way), Issuing::Outside(_)), "{way}");
    }
}

#[test]
fn a_name_that_two_places_have_is_asked_back() {
    let all = cities();
    assert_eq!(choices_of(&all, "吉林"), ["吉林市", "吉林省"]);
    assert_eq!(choices_of(&all, "jilin"), ["吉林市", "吉林省"]);
    assert_eq!(choices_of(&all, "suzhou"), ["苏州市", "宿州市"]);
    assert_eq!(choices_of(&all, "shanxi"), ["山西省", "陕西省"]);
    assert!(choices_of(&all, "hz").contains(&"惠州市"));
    assert!(choices_of(&all, "鼓楼区").contains(&"南京市"));
}

#[test]
fn a_county_leads_to_its_city() {
    let all = cities();
    for (way, county_name, city_name) in [
        ("惠阳区", "惠阳区", "惠州市"),
        ("惠东县", "惠东县", "惠州市"),
        ("惠东", "惠东县", "惠州市"),
        ("惠州市惠城区", "惠城区", "惠州市"),
        ("广东省惠州市惠城区", "惠城区", "惠州市"),
        ("北京市朝阳区", "朝阳区", "北京市"),
        ("上海浦东", "浦东新区", "上海市"),
    ] {
        let Issuing::County { county, city } = all.search(way) else { panic!("{way}: {:?}", all.search(way)) };
        assert_eq!((county.name, city.name), (county_name, city_name), "{way}");
    }
}

#[test]
fn a_slip_of_the_pen_is_offered_its_neighbours() {
    let all = cities();
    for (way, name) in [("惠洲", "惠州市"), ("huizou", "惠州市"), ("shenzheng", "深圳市"), ("惠", "惠州市")]
    {
        let Issuing::Unknown { nearest } = all.search(way) else { panic!("{way}") };
        assert!(nearest.iter().any(|city| city.name == name), "{way}: {nearest:?}");
    }
    for (way, name) in [("东莞市虎门镇", "东莞市"), ("广东省惠州市惠城区江北街道", "惠州市")] {
        let Issuing::Unknown { nearest } = all.search(way) else { panic!("{way}") };
        assert_eq!(nearest.first().map(|city| city.name), Some(name), "{way}");
    }
    assert_eq!(all.search("某州"), Issuing::Unknown { nearest: Vec::new() });
    assert_eq!(all.search("  "), Issuing::Unknown { nearest: Vec::new() });
}

#[test]
fn the_list_follows_the_typing() {
    let all = cities();
    let first = |query: &str| all.suggest(query, 30).first().map(|city| city.name);
    for query in ["惠", "惠州", "huiz", "惠阳", "惠东县"] {
        assert_eq!(first(query), Some("惠州市"), "{query}");
    }
    assert!(all.suggest("hz", 30).iter().any(|city| city.name == "惠州市"));
    assert_eq!(all.suggest("广东", 30).len(), 21);
    assert!(all.suggest("", 30).is_empty());
}

#[test]
fn every_city_is_found_by_its_names() {
    let all = cities();
    for city in all.cities() {
        assert_eq!(all.search(city.name), Issuing::City(city));
        let by_pinyin = all.search(city.pinyin);
        let among = match &by_pinyin {
            Issuing::City(found) => *found == city,
            Issuing::Ambiguous { choices } => choices.contains(&Choice::City(city)),
            _ => city.short == "海南",
        };
        assert!(among, "{}: {by_pinyin:?}", city.name);
    }
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,12}") {
        let _ = cities().search(&text);
    }
}
