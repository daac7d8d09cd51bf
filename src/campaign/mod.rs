//! Defects and harmless rewrites by chance, to try comparisons on.
//!
//! What is planted is known from a [`Picture`] of the table before and after, which has no part in what it checks: no
//! hash, only the values as the server shows them. A comparison is right where it reports exactly that.
//!
//! Nothing here talks to a server: it makes SQL and judges answers.

pub mod checks;
mod defect;
mod picture;
mod report;
mod rewrite;
mod rng;
mod seen;
mod zoo;

pub use defect::{Attempt, Target, attempt};
pub use picture::{Changes, Entry, Picture, added, changed, key_name, lost};
pub use report::{Fault, Part, Report, Score, excerpt};
pub use rewrite::{Rewrite, Rewritten, rewrite, setting};
pub use rng::{Rng, round_seed};
pub use seen::{Lines, Ruling, judge, of_facts};
pub use zoo::{COLLATION, Families, TYPES, Zoo};
