//! Each refusal, by changing one thing in a whole specification.

use super::*;

const WHOLE: &str = r#"
id = "cn-test"
version = 1
name = { zh = "试", en = "Test" }
region = "CN-GD Shenzhen"
group = "gov"
edit_policy = "full"
rules = { glasses = "none" }
backgrounds = [{ name = "white", rgb = [255, 255, 255], source = "a" }]
[size]
width_px = 358
height_px = 441
width_mm = 26
height_mm = 32
dpi = 350
px_rule = "exact"
source = "a"
[geometry]
face_width = { min = 193, max = 221, unit = "px", source = "a" }
crown_top = { min = 7, max = 21, unit = "px", source = "a" }
eyes_bottom = { min = 207, unit = "px", source = "a" }
precedence = ["eyes_bottom"]
[file]
format = "jpeg"
quality = 70
kb_min = 14
kb_max = 20
kb_is_typical = true
source = "a"
[sources.a]
title = "A"
urls = ["https://example.org/"]
kind = "standard"
checked = "2026-11"
confidence = "high"
"#;

fn refusal(old: &str, new: &str) -> String {
    assert!(WHOLE.contains(old), "{old}");
    Spec::from_toml(&WHOLE.replacen(old, new, 1)).unwrap_err().to_string()
}

#[track_caller]
fn refused(old: &str, new: &str, words: &str) {
    let message = refusal(old, new);
    assert!(message.contains(words), "{message}");
}

#[test]
fn a_whole_specification_is_taken() {
    Spec::from_toml(WHOLE).unwrap();
}

#[test]
fn an_unknown_key_is_refused_under_the_documents_id() {
    assert!(refusal("version = 1", "version = 1\ncolour = 1").starts_with("document specification cn-test: "));
    refused("version = 1", "version = 1\ncolour = 1", "colour");
}

#[test]
fn an_id_that_is_no_file_name_is_refused() {
    for id in ["CN-Test", "cn--test", "-cn", "cn_test", ""] {
        refused("cn-test", id, "single hyphens");
    }
}

#[test]
fn a_version_of_zero_is_refused() {
    refused("version = 1", "version = 0", "version is 0");
}

#[test]
fn empty_names_are_refused() {
    refused("zh = \"试\"", "zh = \" \"", "name.zh");
    refused("en = \"Test\"", "en = \"\"", "name.en");
}

#[test]
fn a_region_without_a_country_is_refused() {
    for region in ["Shenzhen", "cn", "C", "CHN"] {
        refused("CN-GD Shenzhen", region, "two upper-case letters");
    }
}

#[test]
fn an_unknown_group_is_refused() {
    refused("group = \"gov\"", "group = \"exams\"", "gov, edu");
}

#[test]
fn a_number_without_its_source_is_refused() {
    for field in ["white\", rgb = [255, 255, 255], ", "exact\"\n", "max = 21, unit = \"px\", ", "typical = true\n"] {
        let old = format!("{field}source = \"a\"");
        refused(&old, &format!("{field}source = \"b\""), "which is not in sources (a)");
    }
}

#[test]
fn a_source_that_says_too_little_is_refused() {
    refused("title = \"A\"", "title = \"\"", "sources.a.title");
    refused("kind = \"standard\"", "kind = \"\"", "sources.a.kind");
    refused("checked = \"2026-11\"", "checked = \"\"", "sources.a.checked");
    refused("confidence = \"high\"", "confidence = \"sure\"", "begin with high, medium or low");
    refused("https://example.org/", "example.org", "whole http(s) address");
}

#[test]
fn a_document_without_any_source_is_refused() {
    let end = WHOLE.find("backgrounds").unwrap();
    let bare = format!("{}sources = {{}}", &WHOLE[..end]);
    assert!(Spec::from_toml(&bare).unwrap_err().to_string().contains("sources is empty"));
}

#[test]
fn sides_and_density_out_of_range_are_refused() {
    refused("width_px = 358", "width_px = 15", "size.width_px is 15");
    refused("height_px = 441", "height_px = 10001", "size.height_px is 10001");
    refused("dpi = 350", "dpi = 71", "size.dpi is 71");
    refused("width_mm = 26", "width_mm = 2.6", "size.width_mm is 2.6");
}

#[test]
fn px_mm_and_density_that_disagree_are_refused() {
    refused("dpi = 350", "dpi = 300", "but 26 mm at 300 dpi is 307 px");
    refused("width_mm = 26\n", "", "give both or none");
    refused("width_mm = 26", "width_mm = 25", "but 25 mm");
}

#[test]
fn a_least_size_may_be_denser_than_the_paper_but_not_of_another_shape() {
    let denser = WHOLE.replace("dpi = 350", "dpi = 300").replace("\"exact\"", "\"min\"");
    Spec::from_toml(&denser).unwrap();
    assert!(Spec::from_toml(&denser.replace("width_mm = 26", "width_mm = 24")).is_err());
}

#[test]
fn a_size_outside_its_own_range_is_refused() {
    refused("\"exact\"", "\"range\"", "give min_px and max_px");
    refused("\"exact\"", "\"exact\"\nmin_px = [1, 1]", "belong to px_rule range or min");
    refused("\"exact\"", "\"min\"\nmax_px = [999, 999]", "px_rule = \"range\" instead");
    refused("\"exact\"", "\"range\"\nmin_px = [400, 400]\nmax_px = [900, 900]", "size is 358×441 px, outside");
}

#[test]
fn backgrounds_of_unknown_or_repeated_name_are_refused() {
    refused("\"white\"", "\"offwhite\"", "light-grey, cream");
    let one = "{ name = \"white\", rgb = [255, 255, 255], source = \"a\" }";
    refused(one, &format!("{one}, {one}"), "\"white\" twice");
}

#[test]
fn an_interval_that_is_empty_or_upside_down_is_refused() {
    refused("min = 193, max = 221, ", "", "neither min nor max");
    refused("min = 193", "min = 222", "min 222 above max 221");
    refused("min = 7", "min = -7", "holds -7");
    refused("max = 21,", "max = nan,", "holds NaN");
}

#[test]
fn percents_written_as_shares_are_refused() {
    refused("min = 207, unit = \"px\"", "min = 56, unit = \"share\"", "70 % is 0.7");
}

#[test]
fn an_interval_wider_than_the_picture_is_refused() {
    refused("max = 221", "max = 359", "the picture has 358 px there");
    refused("min = 207", "min = 442", "the picture has 441 px there");
}

#[test]
fn px_rules_without_a_size_are_refused() {
    let (start, end) = (WHOLE.find("[size]").unwrap(), WHOLE.find("[geometry]").unwrap());
    let bare = format!("{}{}", &WHOLE[..start], &WHOLE[end..]);
    assert!(Spec::from_toml(&bare).unwrap_err().to_string().contains("the document has no size"));
}

#[test]
fn precedence_over_absent_rules_is_refused() {
    refused("[\"eyes_bottom\"]", "[\"eye_line\"]", "\"eye_line\", which is not a rule");
    refused("[\"eyes_bottom\"]", "[\"chin_bottom\"]", "\"chin_bottom\", which is not a rule");
    refused("[\"eyes_bottom\"]", "[\"crown_top\", \"crown_top\"]", "twice");
}

#[test]
fn rules_that_leave_no_room_for_one_another_are_refused() {
    let add = |rule: &str| format!("[geometry]\n{rule}, unit = \"px\", source = \"a\" }}");
    refused("[geometry]", &add("head_height = { min = 435"), "add up to 442 px of 441 px");
    refused("[geometry]", &add("eyes_top = { min = 250"), "never meet");
    refused("min = 7, max = 21", "min = 240, max = 241", "below the lowest eye line");
    let chin = "chin_bottom = { max = 200, unit = \"px\", source = \"a\" }\nhead_height = { max = 200";
    refused("[geometry]", &add(chin), "reach 421 px");
    let low = WHOLE.replace("min = 207", "max = 10").replace("[geometry]", &add("chin_bottom = { min = 20"));
    assert!(Spec::from_toml(&low).unwrap_err().to_string().contains("below the lowest chin"));
}

#[test]
fn file_rules_out_of_range_are_refused() {
    refused("quality = 70", "quality = 0", "file.quality is 0");
    refused("kb_min = 14", "kb_min = 21", "kb_min 21 is above kb_max 20");
    refused("kb_min = 14", "kb_min = 0", "more than 0");
    refused("quality = 70\n", "", "kb_is_typical needs a quality");
}

#[test]
fn an_empty_rule_in_words_is_refused() {
    refused("glasses = \"none\"", "glasses = \"\"", "rules.glasses is empty");
}

#[test]
fn hair_is_cut_for_a_rule_of_the_document_only() {
    refused("[geometry]", "[geometry]\nhair_cut_for = \"eyes_tpo\"", "hair_cut_for is \"eyes_tpo\"");
    refused("[geometry]", "[geometry]\nhair_cut_for = \"crown_top\"", "name another rule");
}
