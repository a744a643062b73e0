//! The small words of an inquiry, each as the database and message keys have it.

use crate::small_words::words;

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
