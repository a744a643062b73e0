//! Names of things: ULIDs, each in a type of its own, so that an order's can't be taken for an attempt's.

use std::fmt;
use std::str::FromStr;

use rand_core::Rng;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::clock::Moment;

/// Text that is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no id")]
pub struct NotAnId(pub String);

macro_rules! id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// A new id: sorted by time, 80 random bits.
            pub fn new(now: Moment, random: &mut dyn Rng) -> Self {
                let mut bytes = [0; 16];
                random.fill_bytes(&mut bytes);
                let bits = u128::from_be_bytes(bytes);
                Self(Ulid::from_parts(now.0.max(0) as u64, bits & ((1 << 80) - 1)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Ulid::from_string(text).map(Self).map_err(|_| NotAnId(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

id!(
    /// An order (订单).
    OrderId
);
id!(
    /// A photo taken for an order; one that is submitted is an attempt at the review.
    AttemptId
);
id!(
    /// A reviewer's decision.
    DecisionId
);
id!(
    /// A payment that a citizen makes elsewhere.
    CheckoutId
);
id!(
    /// A receipt's record. Not its number, which is secret.
    ReceiptId
);
id!(
    /// A message to a citizen.
    MessageId
);
id!(
    /// A message on its way to somebody.
    DeliveryId
);
id!(
    /// A partner's web hook.
    HookId
);
id!(
    /// A member of staff.
    StaffId
);
id!(
    /// An office (受理点).
    OfficeId
);
id!(
    /// A partner: a photo shop (照相馆) that works through the interface.
    PartnerId
);
id!(
    /// A partner's key. Not its secret.
    KeyId
);
id!(
    /// A citizen's account (账号).
    AccountId
);
id!(
    /// A session of an account. Not its token.
    SessionId
);
id!(
    /// What one of staff proposes and another has to confirm.
    ProposalId
);
id!(
    /// A terminal at a window.
    TerminalId
);
id!(
    /// A person of an account: its owner, a child, a ward.
    PersonId
);
id!(
    /// Days or hours on which an office gives no places.
    ClosureId
);
id!(
    /// An appointment (预约). Not its number, which people see.
    AppointmentId
);
id!(
    /// A ticket of the hall (号票).
    TicketId
);
id!(
    /// A residence declaration (居住信息申报).
    DeclarationId
);
id!(
    /// The release (放号) of a day at an office.
    ReleaseId
);
id!(
    /// An entry in a waiting room. Everybody may see it, and it tells of nobody.
    EntryId
);
id!(
    /// A wish of the waiting list (候补).
    WishId
);
id!(
    /// A comment (评论) under an article.
    CommentId
);
id!(
    /// An inquiry (咨询) to support.
    InquiryId
);
id!(
    /// A canned answer (常用回复) of support.
    CannedAnswerId
);
id!(
    /// A picture in articles. It stands in the picture's address.
    PictureId
);
