//! schema.org: what an article is, for machines that answer questions: an `Article`, the question with its answer (`FAQPage`), and the way
//! to it (`BreadcrumbList`).

use huizhi_domain::article::Published;
use huizhi_domain::clock::Zone;
use serde_json::{Value, json};

use super::articles_path;
use super::category::CategoryLine;
use super::entry::cut;
use super::head::DESCRIPTION;
use crate::app::App;

/// An article in JSON-LD, with the first words of its answer and the picture that it is passed on with.
pub fn of(app: &App, article: &Published, category: &CategoryLine, (answer, image): (&str, &str)) -> String {
    let lang = article.lang;
    let path = article.permalink();
    let address = app.settings.address(&path);
    let site = app.say(lang, "site-name", &[]);
    let publisher = json!({ "@type": "Organization", "name": site, "url": app.settings.address("/") });
    let crumb = |position: usize, name: &str, path: &str| {
        let item = app.settings.address(path);
        json!({ "@type": "ListItem", "position": position, "name": name, "item": item })
    };
    let graph = json!({
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Article",
                "headline": article.title,
                "description": cut(&article.excerpt, DESCRIPTION),
                "image": image,
                "inLanguage": lang.tag(),
                "datePublished": article.published_at.rfc3339(Zone::CHINA),
                "dateModified": article.changed_at.rfc3339(Zone::CHINA),
                "author": { "@type": "Person", "name": article.author },
                "publisher": publisher,
                "mainEntityOfPage": address,
                "articleSection": category.name,
            },
            {
                "@type": "FAQPage",
                "inLanguage": lang.tag(),
                "mainEntity": [{
                    "@type": "Question",
                    "name": article.title,
                    "acceptedAnswer": { "@type": "Answer", "text": answer },
                }],
            },
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    crumb(1, &app.say(lang, "site-articles", &[]), &articles_path(lang)),
                    crumb(2, &category.name, &category.path),
                    crumb(3, &article.title, &path),
                ],
            },
        ],
    });
    within_script(&graph)
}

/// JSON whose text can't end the script that it stands in, whatever an article says.
fn within_script(value: &Value) -> String {
    value.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_script() {
        let hostile = json!({ "name": "</script><script>alert(1)</script> & <!--" });
        let text = within_script(&hostile);
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }
}
