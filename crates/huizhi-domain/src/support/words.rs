//! The small words of an inquiry, each as the database and message keys have it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::order::UnknownWord;

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $one:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$what])* $one,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$one,)*];

            /// Its word in the database and in message keys.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$one => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
            }
        }
    };
}

words!(
    /// Where an inquiry stands.
    State {
        /// The citizen wrote, and waits for an answer.
        Open = "open",
        /// It was answered; the citizen may write again.
        Answered = "answered",
        /// It was answered with a question, and waits for the citizen.
        Waiting = "waiting",
        /// It is over.
        Closed = "closed",
    }
);

words!(
    /// Who said something.
    Author {
        /// Who asked.
        Citizen = "citizen",
        /// Somebody of staff, to the citizen.
        Staff = "staff",
        /// Somebody of staff, to colleagues only.
        Note = "note",
    }
);

words!(
    /// Who closed an inquiry.
    Ender {
        /// Who asked.
        Citizen = "citizen",
        /// Somebody of staff.
        Staff = "staff",
        /// Nobody wrote any more.
        Service = "service",
    }
);

words!(
    /// What a citizen says of the help.
    Rating {
        /// It helped.
        Good = "good",
        /// It helped a little.
        Fair = "fair",
        /// It did not help.
        Poor = "poor",
    }
);
