//! What holds of websites, whoever asks and wherever they are kept. It must never know about
//! storage or HTTP.

mod configuration;
mod name;
mod status;
mod theme;

pub(crate) use configuration::Configuration;
pub(crate) use name::read_name;
pub(crate) use status::{IllegalTransition, Transition, is_gone, transition};
pub(crate) use theme::{ThemeChoice, settings_of, version_of};
