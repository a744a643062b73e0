//! The small words of a declaration, each as the database and message keys have it.

use crate::small_words::words;

words!(
    /// How somebody lives where they live.
    Dwelling {
        /// In their own house.
        Own = "own",
        /// In a rented one.
        Rented = "rented",
        /// In their employer's.
        Employer = "employer",
        /// In their school's.
        School = "school",
        /// With relatives.
        Relative = "relative",
    }
);

words!(
    /// Where a declaration stands.
    State {
        /// Declared, and nobody has confirmed it.
        Declared = "declared",
        /// Confirmed, but not in force: another account holds a residence of the same person.
        Confirmed = "confirmed",
        /// In force: the one usual residence of its person.
        Valid = "valid",
        /// The landlord, the agent or the office said no.
        Refused = "refused",
        /// Taken back by who declared it.
        Cancelled = "cancelled",
        /// Ended by a move.
        Ended = "ended",
    }
);

impl State {
    /// Whether it waits for somebody's word.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Declared | Self::Confirmed)
    }
}

words!(
    /// Who confirms or refuses.
    Confirmer {
        /// Who declared it: their own house.
        Oneself = "oneself",
        /// The landlord (出租人, 房东).
        Landlord = "landlord",
        /// An agent: of the landlord, the employer or the school.
        Agent = "agent",
        /// An office.
        Office = "office",
    }
);

words!(
    /// The paper that an office sees, any one of them.
    Paper {
        /// 居住证, or the receipt of its registration (登记回执).
        ResidencePermit = "residence-permit",
        /// 劳动合同, or a business licence (营业执照).
        WorkContract = "work-contract",
        /// 学生证, or the school's register (学籍).
        StudentCard = "student-card",
        /// 房产证, or the lease (租赁合同).
        HousePaper = "house-paper",
    }
);

words!(
    /// Why somebody says no.
    Refusal {
        /// They do not know who declared it.
        UnknownPerson = "unknown-person",
        /// Nobody of that name lives there, or no more.
        NotHere = "not-here",
        /// The address is wrong.
        WrongAddress = "wrong-address",
        /// No paper was shown that proves it. Only offices ask for one.
        NoProof = "no-proof",
    }
);
