//! Declarations in files: what rules and gates have in common before they differ. A text with places in it, complaints
//! that point at them, parameters that documentation and editors can list.

mod complaints;
mod folder;
mod kind_of;
mod nearest;
mod parameter;
mod place;
mod top;

pub use parameter::{KindInfo, Parameter};
pub use place::Problem;

pub(crate) use complaints::{Complaints, Name};
pub(crate) use folder::paths;
pub(crate) use kind_of::unknown_kind;
pub(crate) use nearest::allowed;
pub(crate) use place::Source;
pub(crate) use top::{is_read_elsewhere, unknown_at_the_top};
