//! What was seen, held to what is demanded.

use time::{Duration, OffsetDateTime};

use super::super::kind::{Finding, Outcome, Unmeasured};
use super::Version;
use super::certificate::{Certificate, shown};
use super::handshake::{Failed, Seen};
use super::place::Host;
use super::trust::{Trust, made_out_to, why};
use crate::evidence::Sample;

pub(super) const IN_USE: &str = "in use";

/// What is demanded.
pub(super) struct Demands<'a> {
    pub(super) version: Version,
    pub(super) days: u32,
    /// Who must have signed the certificate; `None`: whoever did.
    pub(super) trust: Option<&'a Trust>,
    /// Whether it must be made out to the host.
    pub(super) name: bool,
}

/// Of a service: whether it speaks TLS, by which version, and its certificate.
///
/// # Errors
/// Nothing can be said of it.
pub(super) fn of_service(
    host: &Host,
    seen: Result<Seen, Failed>,
    demands: &Demands<'_>,
) -> Result<Vec<Finding>, Unmeasured> {
    let by_hand = by_hand(host, "");
    let in_use = |outcome, measured: String| {
        Finding::new(outcome, "it speaks TLS", measured).about(format!("{host}: {IN_USE}")).probe(&by_hand)
    };
    match seen {
        Ok(seen) => Ok(of_seen(host, &seen, demands, &by_hand)),
        Err(Failed::NoTls(reason)) => {
            Ok(vec![in_use(Outcome::Violated, reason).remedy("have it speak TLS, or correct the port")])
        }
        Err(Failed::TooOld(reason)) => Ok(vec![version(&host.to_string(), demands.version, None, &reason)]),
        Err(Failed::Unknown(reason)) => Err(Unmeasured::new(format!("{host}: {reason}"))
            .remedy("see whether it runs and speaks TLS from its first byte; for PostgreSQL say of = \"database\"")),
    }
}

fn of_seen(host: &Host, seen: &Seen, demands: &Demands<'_>, by_hand: &str) -> Vec<Finding> {
    let (outcome, measured) = match (&seen.broken, seen.version) {
        (None, Some(version)) => (Outcome::Holds, format!("{version}, {}", seen.cipher)),
        (None, None) => (Outcome::Open, "the version is not known".to_owned()),
        // It showed its certificate and then wanted something that only a real visitor has.
        (Some(reason), _) => (Outcome::Open, format!("it begins to, and then: {reason}")),
    };
    let mut findings = vec![
        Finding::new(outcome, "it speaks TLS", measured)
            .about(format!("{host}: {IN_USE}"))
            .probe(by_hand)
            .remedy("see its log; where it demands a certificate of the client, this gate cannot go on"),
    ];
    if let Some(agreed) = seen.version {
        findings.push(version(&host.to_string(), demands.version, Some(agreed), &agreed.to_string()));
    }
    findings.extend(of_certificate(host, seen, demands, by_hand));
    findings
}

/// Of a host of the database: its certificate. That its TLS is used, the session tells.
pub(super) fn of_database_host(host: &Host, seen: Result<Seen, Failed>, demands: &Demands<'_>) -> Vec<Finding> {
    let by_hand = by_hand(host, " -starttls postgres");
    let certificate = |outcome, measured: String| {
        Finding::new(outcome, "the server shows a certificate", measured)
            .about(format!("{host}: certificate"))
            .probe(&by_hand)
    };
    match seen {
        Ok(seen) => of_certificate(host, &seen, demands, &by_hand),
        Err(Failed::NoTls(reason)) => {
            vec![certificate(Outcome::Violated, reason).remedy("set ssl = on in the server's configuration")]
        }
        Err(Failed::TooOld(reason)) => vec![version(&host.to_string(), demands.version, None, &reason)],
        Err(Failed::Unknown(reason)) => vec![
            certificate(Outcome::Open, format!("not measured: {reason}"))
                .remedy("see whether the server runs and answers there"),
        ],
    }
}

/// The version that was agreed on; `None` for one that is older than all that are allowed.
pub(super) fn version(of: &str, least: Version, agreed: Option<Version>, measured: &str) -> Finding {
    Finding::new(Outcome::of(agreed >= Some(least)), format!("{least} or newer"), measured)
        .about(format!("{of}: version"))
        .remedy("allow newer versions in the server's configuration (PostgreSQL: ssl_max_protocol_version)")
}

fn of_certificate(host: &Host, seen: &Seen, demands: &Demands<'_>, by_hand: &str) -> Vec<Finding> {
    let now = OffsetDateTime::now_utc();
    let own = seen.chain.first().map_or_else(|| Err("there is none".to_owned()), Certificate::read);
    let own = match own {
        Ok(own) => own,
        Err(reason) => {
            let finding = Finding::new(Outcome::Violated, "a certificate", reason).probe(by_hand);
            return vec![finding.about(format!("{host}: certificate")).remedy("have a new one issued")];
        }
    };
    let mut findings = Vec::new();
    if let Some(trust) = demands.trust {
        findings.push(verified(host, seen, &own, trust, demands.name, now).probe(by_hand));
    }
    findings.push(days_left(host, seen, &own, demands, now).probe(by_hand));
    findings
}

fn verified(
    host: &Host,
    seen: &Seen,
    own: &Certificate,
    trust: &Trust,
    for_the_name: bool,
    now: OffsetDateTime,
) -> Finding {
    let mut expected = format!("signed by {}", trust.words);
    let mut wrong: Vec<String> =
        trust.signed(&seen.chain, now).err().map(|error| why(&error, own)).into_iter().collect();
    if for_the_name {
        expected.push_str(&format!(", made out to {}", host.name.to_str()));
        wrong.extend(made_out_to(&seen.chain, &host.name).err().map(|error| why(&error, own)));
    }
    // The same reason twice where the certificate cannot be parsed at all.
    wrong.dedup();
    let measured = if wrong.is_empty() { own.to_string() } else { format!("{}; {own}", wrong.join("; ")) };
    let mut finding = Finding::new(Outcome::of(wrong.is_empty()), expected, measured)
        .about(format!("{host}: verified"))
        .remedy("have one issued to this host by a trusted authority, or name the authority: ca = \"authority.pem\"");
    if !wrong.is_empty() {
        finding = finding.samples(chain(seen));
    }
    finding
}

/// What the server sends, from its own certificate up: where a link is missing, it shows here.
fn chain(seen: &Seen) -> Vec<Sample> {
    let one = |der| match Certificate::read(der) {
        Ok(said) => {
            Sample::new(said.subject.clone(), format!("issued by {}, until {}", said.issuer, shown(said.not_after)))
        }
        Err(reason) => Sample::new(reason, ""),
    };
    seen.chain.iter().map(one).collect()
}

fn days_left(host: &Host, seen: &Seen, own: &Certificate, demands: &Demands<'_>, now: OffsetDateTime) -> Finding {
    let needed = Duration::days(i64::from(demands.days));
    let left = own.not_after - now;
    let mut holds = own.not_before <= now && left >= needed && left.is_positive();
    let mut measured = if now < own.not_before {
        format!("not valid before {}", shown(own.not_before))
    } else if left.is_positive() {
        format!("{} days left, until {}", left.whole_days(), shown(own.not_after))
    } else {
        format!("expired {} days ago, on {}", -left.whole_days(), shown(own.not_after))
    };
    // The certificates between it and the authority end too. They count where all of them are good today.
    if let Some(trust) = demands.trust
        && holds
        && trust.signed(&seen.chain, now).is_ok()
        && let Err(error) = trust.signed(&seen.chain, now + needed)
    {
        holds = false;
        measured.push_str(&format!("; not for so long: {}", why(&error, own)));
    }
    let expected = match demands.days {
        0 => "valid now".to_owned(),
        days => format!("valid now, and for {days} days more"),
    };
    Finding::new(Outcome::of(holds), expected, format!("{measured}; {own}"))
        .about(format!("{host}: days left"))
        .remedy("renew the certificate, and have the server read it")
}

/// How to look by hand.
fn by_hand(host: &Host, starttls: &str) -> String {
    format!("openssl s_client -connect {host} -servername {}{starttls} -showcerts </dev/null", host.name.to_str())
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::*;

    fn at(text: &str) -> OffsetDateTime {
        OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap()
    }

    fn days(needed: u32, now: &str) -> (Outcome, String) {
        let own = Certificate {
            subject: "CN=a".into(),
            issuer: "CN=b".into(),
            not_before: at("2026-01-01T00:00:00Z"),
            not_after: at("2026-03-02T00:00:00Z"),
        };
        let Ok(Place::Service(host)) = Place::read("a:1") else { panic!() };
        let seen = Seen { chain: Vec::new(), version: None, cipher: String::new(), broken: None };
        let demands = Demands { version: Version::V12, days: needed, trust: None, name: false };
        let finding = days_left(&host, &seen, &own, &demands, at(now));
        (finding.outcome, finding.measured.replace("; CN=a, issued by CN=b", ""))
    }

    #[test]
    fn the_last_second_counts() {
        let (holds, violated) = (Outcome::Holds, Outcome::Violated);
        let until = "until 2026-03-02T00:00:00Z";
        assert_eq!(days(60, "2026-01-01T00:00:00Z"), (holds, format!("60 days left, {until}")));
        assert_eq!(days(60, "2026-01-01T00:00:01Z"), (violated, format!("59 days left, {until}")));
        assert_eq!(days(0, "2026-03-01T23:59:59Z"), (holds, format!("0 days left, {until}")));
        assert_eq!(days(0, "2026-03-02T00:00:00Z"), (violated, "expired 0 days ago, on 2026-03-02T00:00:00Z".into()));
        assert_eq!(days(0, "2026-03-05T12:00:00Z"), (violated, "expired 3 days ago, on 2026-03-02T00:00:00Z".into()));
        assert_eq!(days(0, "2025-12-31T23:59:59Z"), (violated, "not valid before 2026-01-01T00:00:00Z".into()));
    }

    #[test]
    fn a_version_that_is_not_known_is_too_old() {
        for (agreed, least, outcome) in [
            (Some(Version::V12), Version::V12, Outcome::Holds),
            (Some(Version::V13), Version::V12, Outcome::Holds),
            (Some(Version::V12), Version::V13, Outcome::Violated),
            (None, Version::V12, Outcome::Violated),
        ] {
            assert_eq!(version("a", least, agreed, "").outcome, outcome, "{agreed:?} for {least}");
        }
    }
}
