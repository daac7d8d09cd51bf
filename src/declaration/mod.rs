//! Declarations in files: what rules and gates have in common before they differ. A text with places in it, complaints
//! that point at them, parameters that documentation and editors can list.

mod checksums;
mod complaints;
mod fits;
mod folder;
mod form;
mod json_schema;
mod nearest;
mod parameter;
mod place;
mod shape;
mod top;
#[cfg(test)]
pub(crate) mod truth;

pub use checksums::checksums;
pub use form::Form;
pub use json_schema::document;
pub use parameter::{KindInfo, Parameter, parameter_table};
pub use place::Problem;
pub use shape::Shape;

pub(crate) use complaints::{Complaints, Name};
pub(crate) use fits::{file_fits, fits};
pub(crate) use folder::paths;
pub(crate) use nearest::allowed;
pub(crate) use place::Source;
pub(crate) use top::{is_read_elsewhere, unknown_at_the_top};
