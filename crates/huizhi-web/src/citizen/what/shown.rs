//! What the page of an answer shows.

use serde::Serialize;

#[cfg(test)]
use super::asked::Question;
use crate::page::View;

/// An answer.
#[derive(Clone, Serialize)]
pub struct AnswerView {
    pub(super) case: String,
    pub(super) allowed: &'static str,
    pub(super) says: String,
    pub(super) business: String,
    pub(super) back: String,
    pub(super) said: Vec<SaidLine>,
    pub(super) items: Vec<ItemView>,
    pub(super) attends: String,
    pub(super) channels: Vec<String>,
    /// Whether there is something to pay, and how much.
    pub(super) fee_fen: Option<u32>,
    pub(super) validity: String,
    /// A longer term that begins before the document must be issued.
    pub(super) later: Option<LaterView>,
    pub(super) deadline: Option<DeadlineView>,
    pub(super) observed: String,
    pub(super) fingerprint: String,
    pub(super) booking: &'static str,
    pub(super) reuse_years: u8,
    pub(super) reasons: Vec<ReasonView>,
    pub(super) conflicts: Vec<ReasonView>,
    pub(super) obstacles: Vec<LinkView>,
    pub(super) instead: Option<LinkView>,
    pub(super) sources: Vec<SourceView>,
    pub(super) confidence: &'static str,
    pub(super) from: String,
    pub(super) day: String,
    /// Whether the day is over: its rules are shown, and may be others today.
    pub(super) past: bool,
}

/// What was said of a question, and where to change it.
#[derive(Clone, Serialize)]
pub struct SaidLine {
    pub(super) question: &'static str,
    pub(super) value: String,
    pub(super) change: String,
}

/// Something to bring.
#[derive(Clone, Default, Serialize)]
pub struct ItemView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) why: String,
    pub(super) any_of: Vec<String>,
    pub(super) more: bool,
    pub(super) advised: bool,
    pub(super) solve: Option<LinkView>,
    /// The receipt that the reader holds for it.
    pub(super) have: Option<HaveView>,
}

/// A receipt that the reader holds.
#[derive(Clone, Serialize)]
pub struct HaveView {
    pub(super) path: String,
    /// Whose it is, masked.
    pub(super) name: String,
    pub(super) until: String,
    /// Whether it is still good on the day of the visit.
    pub(super) good: bool,
}

/// A page and what its link says.
#[derive(Clone, Serialize)]
pub struct LinkView {
    pub(super) path: String,
    pub(super) name: String,
}

/// A term from a day on.
#[derive(Clone, Serialize)]
pub struct LaterView {
    pub(super) from: String,
    pub(super) term: String,
}

/// By when the document must be issued.
#[derive(Clone, Serialize)]
pub struct DeadlineView {
    pub(super) days: u16,
    pub(super) remote: u16,
    pub(super) working: bool,
}

/// A sentence, and the number of its source in the list; 0 for none.
#[derive(Clone, Serialize)]
pub struct ReasonView {
    pub(super) text: String,
    pub(super) source: usize,
}

/// Who says so.
#[derive(Clone, Serialize)]
pub struct SourceView {
    pub(super) title: String,
    pub(super) urls: Vec<String>,
    pub(super) kind: &'static str,
    pub(super) checked: String,
}

impl View for AnswerView {
    const TEMPLATE: &'static str = "citizen/what-answer.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::materials::SourceKind;
        let text = str::to_owned;
        let link = |name: &str| LinkView { path: text("/what"), name: text(name) };
        let reason = |source: usize| ReasonView { text: text("满 16 周岁"), source };
        let have = |good| HaveView { path: text("/order/1"), name: text("张**"), until: text("2026-12-24"), good };
        let item = ItemView { id: text("hukou-book"), name: text("户口本"), ..ItemView::default() };
        let full = Self {
            case: text("P-16-RENEW"),
            allowed: "yes",
            says: text("可以"),
            business: text("身份证到期换领"),
            back: text("/what"),
            said: Question::ALL
                .map(|it| SaidLine { question: it.word(), value: text("30"), change: text("/what") })
                .to_vec(),
            items: vec![
                ItemView {
                    why: text("原件"), any_of: vec![text("护照"), text("驾驶证")], more: true, ..item.clone()
                },
                ItemView { advised: true, solve: Some(link("办回执")), have: Some(have(true)), ..item.clone() },
                ItemView { solve: Some(link("办回执")), have: Some(have(false)), ..item },
            ],
            attends: text("本人到场"),
            channels: vec![text("户政窗口")],
            fee_fen: Some(2000),
            validity: text("20 年"),
            later: Some(LaterView { from: text("2026-12-24"), term: text("长期") }),
            deadline: Some(DeadlineView { days: 60, remote: 30, working: false }),
            observed: text("40 天"),
            fingerprint: text("采集"),
            booking: "required",
            reuse_years: 2,
            reasons: vec![reason(1), reason(0)],
            conflicts: vec![reason(1)],
            obstacles: vec![link("不一致")],
            instead: None,
            sources: SourceKind::ALL
                .map(|kind| SourceView {
                    title: text("东莞"),
                    urls: vec![text("gaj.dg.gov.cn")],
                    kind: kind.word(),
                    checked: text("2026-11"),
                })
                .into(),
            confidence: "high",
            from: text("2024-09-10"),
            day: text("2026-12-01"),
            past: false,
        };
        let permit = Self {
            allowed: "conditional",
            booking: "not-needed",
            fee_fen: Some(0),
            deadline: Some(DeadlineView { days: 20, remote: 0, working: true }),
            confidence: "medium",
            past: true,
            ..full.clone()
        };
        let refused = Self {
            allowed: "no",
            items: Vec::new(),
            fee_fen: None,
            booking: "none",
            instead: Some(link("居住证")),
            confidence: "low",
            ..Self { deadline: None, later: None, validity: String::new(), ..full.clone() }
        };
        vec![full, permit, refused]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::AnswerView>();
    }
}
