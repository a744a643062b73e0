//! Messages (通知): what a citizen is told, once per event, written with the event's cause.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{MessageId, OrderId};
use crate::order::UnknownWord;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// The photo was submitted.
    Submitted,
    /// The price is paid.
    Paid,
    /// 审核失败.
    Rejected,
    /// An appeal was heard.
    Appealed,
    /// The receipt is there.
    ReceiptIssued,
    /// A window fetched the photo.
    ReceiptUsed,
    /// The receipt's time is over in a week, or tomorrow.
    ReceiptExpiring,
    /// The receipt's time is over.
    ReceiptExpired,
    /// The order was withdrawn.
    Withdrawn,
    /// The order lapsed.
    Expired,
    /// An inquiry about the order was answered.
    Answered,
}

impl Happening {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Submitted,
        Self::Paid,
        Self::Rejected,
        Self::Appealed,
        Self::ReceiptIssued,
        Self::ReceiptUsed,
        Self::ReceiptExpiring,
        Self::ReceiptExpired,
        Self::Withdrawn,
        Self::Expired,
        Self::Answered,
    ];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Paid => "paid",
            Self::Rejected => "rejected",
            Self::Appealed => "appealed",
            Self::ReceiptIssued => "receipt-issued",
            Self::ReceiptUsed => "receipt-used",
            Self::ReceiptExpiring => "receipt-expiring",
            Self::ReceiptExpired => "receipt-expired",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Answered => "answered",
        }
    }
}

impl FromStr for Happening {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A message. It carries no name, number or face: what it is about is looked up when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The order.
    pub order: OrderId,
    /// What happened.
    pub happening: Happening,
    /// Rejection codes, where it is a rejection.
    pub codes: Vec<String>,
    /// When it happened.
    pub at: Moment,
    /// When it was read.
    pub read_at: Option<Moment>,
}
