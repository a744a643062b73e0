//! The site: articles that answer a question, and what readers say of them.

pub mod comment;
