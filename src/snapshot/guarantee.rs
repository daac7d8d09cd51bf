//! What equal digests mean, said with every snapshot.

use crate::evidence::{Evidence, Topic};
use crate::verdict::Verdict;

use super::{Equality, SHA256_METHOD, Snapshot};

/// What equality of this snapshot's digests means, where they are stable, and how often they err. One sentence.
pub fn guarantee(snapshot: &Snapshot) -> String {
    let equality = match snapshot.equality {
        Equality::Representation => "two values are equal when PostgreSQL shows them alike (1.0 is not 1.00)",
        Equality::Value => "two values are equal when PostgreSQL calls them equal (1.0 is 1.00)",
    };
    let method = &snapshot.digest_method;
    if method == SHA256_METHOD {
        return format!(
            "digests {method}: {equality}; the same on PostgreSQL 13 to 18 and on every machine, in one encoding; \
             SHA-256 over the rows in order: no forger is known to find two tables with one digest"
        );
    }
    format!(
        "digests {method}: {equality}; the same on PostgreSQL 13 to 18 and on machines of one byte order, in one \
         encoding; a changed value escapes its column's sum with a probability of about 2^-64, and that of its row as \
         well with 2^-128; accidents, not forgers (for those there is sha256)"
    )
}

/// The same as a fact for the report.
pub fn guarantee_fact(snapshot: &Snapshot) -> Evidence {
    Evidence::new(Topic::Snapshot, "digest_guarantee", &snapshot.database, Verdict::Pass).measured(guarantee(snapshot))
}
