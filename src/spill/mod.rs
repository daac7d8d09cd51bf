//! What does not fit into memory: files that nobody else can read and that vanish, and a sort that goes by way of them.

mod runs;
mod temporary;

pub use runs::{Merged, Record, Runs};
pub use temporary::Temporary;
