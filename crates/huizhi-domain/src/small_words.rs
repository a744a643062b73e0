//! Small enums whose members each have one word, the same in the database and in message keys.

/// Makes an enum with `ALL`, `word()` and [`FromStr`](std::str::FromStr) from its members and their words.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $one:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
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

        impl std::str::FromStr for $name {
            type Err = $crate::order::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::order::UnknownWord> {
                Self::ALL.iter().copied().find(|it| it.word() == text).ok_or_else(|| $crate::order::UnknownWord(text.to_owned()))
            }
        }
    };
}

pub(crate) use words;
