use super::*;

fn of_editor(markdown: &str) -> String {
    html(markdown, Trust::Editor).trim().to_owned()
}

fn of_visitor(markdown: &str) -> String {
    html(markdown, Trust::Visitor).trim().to_owned()
}

#[test]
fn editors_have_headings_tables_and_our_pictures() {
    assert_eq!(of_editor("# 问\n\n**身份证**照片"), "<h2>问</h2>\n<p><strong>身份证</strong>照片</p>");
    assert_eq!(
        of_editor("![正面](/picture/01J.jpg)"),
        "<p><img src=\"/picture/01J.jpg\" alt=\"正面\" loading=\"lazy\"></p>"
    );
    assert!(of_editor("| a | b |\n|:-:|---|\n| 1 | 2 |").starts_with("<table>"));
    for foreign in ["https://example.org/a.jpg", "/picture/../desk", "/static/a.svg", "//example.org/picture/a.jpg"] {
        assert_eq!(of_editor(&format!("![正面]({foreign})")), "<p><em>正面</em></p>", "{foreign}");
    }
}

#[test]
fn visitors_have_neither_and_their_lines_end_where_they_ended_them() {
    assert_eq!(of_visitor("# 你好\n再见"), "<p><strong>你好</strong></p>\n<p>再见</p>");
    assert_eq!(of_visitor("一\n二"), "<p>一<br>\n二</p>");
    assert_eq!(of_visitor("![正面](/picture/01J.jpg)"), "<p><em>正面</em></p>");
    assert!(!of_visitor("| a |\n|---|\n| 1 |").contains("<table"));
}

#[test]
fn links_to_others_are_not_vouched_for() {
    assert_eq!(of_editor("[办](/sfz/9089.html)"), "<p><a href=\"/sfz/9089.html\">办</a></p>");
    assert_eq!(
        of_editor("[x](https://example.org \"y\")"),
        format!("<p><a rel=\"{FOREIGN}\" href=\"https://example.org\" title=\"y\">x</a></p>")
    );
    assert!(of_visitor("[办](/sfz/9089.html)").contains("nofollow"));
    for address in [
        "javascript:alert(1)",
        "mailto:a@example.org",
        "data:text/html,x",
        "//example.org",
        "9090.html",
        "vbscript:x",
        "blob:x",
    ] {
        let written = of_editor(&format!("[x](<{address}>)"));
        assert!(!written.contains("href"), "{address}: {written}");
    }
}

#[test]
fn tags_of_a_text_are_shown_as_text() {
    assert_eq!(of_editor("a <b onclick=x>c</b>"), "<p>a &lt;b onclick=x&gt;c&lt;/b&gt;</p>");
    for text in [
        "<script>alert(1)</script>",
        "<svg><style><!--</style><img src=x onerror=alert(1)>",
        "<math><mi><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "[x](https://example.org \"\\\"><img src=x onerror=alert(1)>\")",
        "![\"><script>alert(1)</script>](/picture/a.jpg)",
        "```\"><script>\n<script>alert(1)</script>\n```",
    ] {
        for trust in [Trust::Editor, Trust::Visitor] {
            let written = html(text, trust);
            for tag in ["<script", "<svg", "<style", "<math", "<img src=\"x\"", "<img src=x"] {
                assert!(!written.contains(tag), "{text}: {written}");
            }
        }
    }
}

#[test]
fn a_body_falls_into_texts_and_blocks() {
    let body = "先看指南。\n{{guide cn-resident-id}}\n\n然后：\n\n```\n{{cities}}\n```\n{{nothing}}\n  {{cities}}  \n";
    let guide = Block::Guide { document: "cn-resident-id".to_owned() };
    let text = Part::Text("\n然后：\n\n```\n{{cities}}\n```\n".to_owned());
    assert_eq!(
        parts(body),
        [Part::Text("先看指南。\n".to_owned()), Part::Block(guide), text, Part::Block(Block::Cities)]
    );
    let faults = faults(body);
    let at = body.find("{{nothing}}").unwrap();
    assert_eq!(faults, [(at, BlockError::Kind("nothing".to_owned()))]);
}

#[test]
fn plain_words_have_no_marks() {
    let body = "## 怎么拍\n\n用**手机**，\n对着窗。看[指南](/guide)。\n\n{{cities}}\n![图](/picture/a.jpg)\n\n- 一\n- two\n  words\n\n有效{{fact receipt-days 441300}}天";
    assert_eq!(plain(body), "怎么拍\n用手机，对着窗。看指南。\n一\ntwo words\n有效天");
    assert_eq!(excerpt("短"), "短");
    let long = excerpt(&"很长的话。".repeat(100));
    assert_eq!(long.chars().count(), 121);
    assert!(long.ends_with('…'));
}
