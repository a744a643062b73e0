//! A photo that a window takes of who comes without a receipt (现场拍照).
//!
//! The window takes it and somebody else judges it: it goes to the detection centre like any other, before those that were sent from
//! home, and comes back as a receipt that the same window fetches.

use super::policy::BookingPolicy;
use super::ticket::Ticket;

/// Why a window takes no photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowPhotoError {
    /// The office takes none.
    #[error("the office takes no photos at its windows")]
    Off,
    /// What they come for needs none.
    #[error("the business needs no photo")]
    NoDocument,
    /// They have not checked in, so nobody saw who they are.
    #[error("they have not checked in")]
    NotHere,
    /// They were served, or went away.
    #[error("the visit is over")]
    Over,
}

impl WindowPhotoError {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Off, Self::NoDocument, Self::NotHere, Self::Over];

    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NoDocument => "no-document",
            Self::NotHere => "not-here",
            Self::Over => "over",
        }
    }
}

/// Whether a window may take the photo of a visit; gives the document that it is for. `document` is the business's, `ticket` the visit's.
///
/// # Errors
/// [`WindowPhotoError`], by cause.
pub fn document_for<'a>(
    policy: &BookingPolicy,
    document: Option<&'a str>,
    ticket: Option<&Ticket>,
) -> Result<&'a str, WindowPhotoError> {
    if !policy.window_photo {
        return Err(WindowPhotoError::Off);
    }
    let document = document.ok_or(WindowPhotoError::NoDocument)?;
    let ticket = ticket.ok_or(WindowPhotoError::NotHere)?;
    if ticket.state.is_over() { Err(WindowPhotoError::Over) } else { Ok(document) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::ticket::TicketState;
    use super::*;
    use crate::clock::Moment;

    fn ticket(state: TicketState) -> Ticket {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        Ticket {
            id: id.parse().unwrap(),
            office: id.parse().unwrap(),
            service: "id-card".to_owned(),
            business: "id-renewal".to_owned(),
            day: date(2026, 11, 25),
            ordinal: 1,
            appointment: Some(id.parse().unwrap()),
            state,
            window: Some("1".to_owned()),
            for_window: None,
            due_at: Moment(0),
            calls: 1,
            arrived_at: Moment(0),
            called_at: None,
            done_at: None,
            outcome: None,
        }
    }

    #[test]
    fn a_photo_is_taken_of_who_is_here_where_the_office_does_so() {
        let takes = BookingPolicy { window_photo: true, ..BookingPolicy::default() };
        let (card, here) = (Some("cn-resident-id"), ticket(TicketState::Serving));
        assert_eq!(document_for(&takes, card, Some(&here)), Ok("cn-resident-id"));
        assert_eq!(document_for(&BookingPolicy::default(), card, Some(&here)), Err(WindowPhotoError::Off));
        assert_eq!(document_for(&takes, None, Some(&here)), Err(WindowPhotoError::NoDocument));
        assert_eq!(document_for(&takes, card, None), Err(WindowPhotoError::NotHere));
        let over = ticket(TicketState::Done);
        assert_eq!(document_for(&takes, card, Some(&over)), Err(WindowPhotoError::Over));
    }
}
