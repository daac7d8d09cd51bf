//! An address that a variable tells: it is knocked at and not shown.

use super::super::kind::{Finding, Unmeasured};
use super::place::Host;
use crate::evidence::Sample;

/// What stands in the place of an address.
pub(super) struct Hidden<'a> {
    /// The address with its port, and the name alone: the longer first, since it holds the other.
    addresses: [String; 3],
    shown: &'a str,
}

impl<'a> Hidden<'a> {
    pub(super) fn new(host: &Host, shown: &'a str) -> Hidden<'a> {
        Hidden { addresses: [host.to_string(), host.name.to_str().into_owned(), host.address.clone()], shown }
    }

    /// The findings, or why there are none, without it.
    pub(super) fn within(&self, seen: Result<Vec<Finding>, Unmeasured>) -> Result<Vec<Finding>, Unmeasured> {
        match seen {
            Ok(findings) => Ok(findings.into_iter().map(|finding| self.finding(finding)).collect()),
            Err(none) => Err(Unmeasured {
                reason: self.text(&none.reason),
                remedy: none.remedy.map(|remedy| self.text(&remedy)),
            }),
        }
    }

    fn finding(&self, finding: Finding) -> Finding {
        Finding {
            subject: self.text(&finding.subject),
            expected: self.text(&finding.expected),
            measured: self.text(&finding.measured),
            probe: finding.probe.map(|probe| self.text(&probe)),
            remedy: finding.remedy.map(|remedy| self.text(&remedy)),
            samples: finding.samples.into_iter().map(|sample| self.sample(sample)).collect(),
            ..finding
        }
    }

    /// Names of certificates.
    fn sample(&self, sample: Sample) -> Sample {
        Sample { key: self.text(&sample.key), value: self.text(&sample.value), ..sample }
    }

    fn text(&self, text: &str) -> String {
        self.addresses.iter().fold(text.to_owned(), |text, address| text.replace(address, self.shown))
    }
}
