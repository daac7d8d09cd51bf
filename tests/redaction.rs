//! Values of redacted columns are shown nowhere: not on the terminal, in no report, not in the journal.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::portal::Portal;

const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, pay bigint, bonus bigint, free int);\n\
                     INSERT INTO t VALUES (1, 73511003571, 11001155113, 20202), (2, 74806004842, 55003355337, 30303);";

/// Each of the figures of redacted columns, and what they are after the phases.
const SECRETS: [&str; 10] = [
    "73511003571",
    "74806004842",
    "11001155113",
    "55003355337", // the values
    "148317008413",
    "66004510450",
    "214321518863", // their sums
    "73511003570",
    "74806004844",
    "148317008414", // after a phase
];

/// Everything that a migration of these phases prints and writes down, after its exit code.
fn told(place: &Portal, format: &str) -> (i32, String) {
    let output = place.phasegate(&["migrate", "--format", format]);
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    for run in std::fs::read_dir(place.snapshots()).unwrap() {
        let run = run.unwrap();
        for file in ["evidence.jsonl", "report.md"] {
            text += &std::fs::read_to_string(run.path().join(file)).unwrap();
        }
    }
    (output.status.code().unwrap(), text)
}

fn place(redact: &str, phase: &str) -> Portal {
    let place = Portal::empty();
    place.sql(TABLE);
    place.configure(&format!("[measure]\nredact = [{redact}]\n"));
    place.write_phase("1_p.sql", phase);
    place
}

fn shown(text: &str) -> Vec<&'static str> {
    SECRETS.into_iter().filter(|secret| text.contains(secret)).collect()
}

const FIGURES: &str = "-- phasegate: changes data public.t (pay)\n-- phasegate: keeps sum public.t.pay\n\
                       -- phasegate: keeps min public.t.pay\n-- phasegate: keeps max public.t.pay, public.t.free\n\
                       -- phasegate: changes sum public.t.bonus by 0\n\
                       -- phasegate: moves sum public.t.pay -> public.t.bonus\nSELECT 1;\n";

#[test]
fn figures_of_a_redacted_column_are_judged_and_not_shown() {
    for format in ["terminal", "json", "markdown", "csv"] {
        let (exit, text) = told(&place("\"pay\", \"t.bonus\"", FIGURES), format);
        assert_eq!((exit, shown(&text)), (0, Vec::new()), "{format}: {text}");
        let others = "30303 before and after";
        assert!(text.contains("sum: *** before and after") && text.contains(others), "{format}: {text}");
        // A sum that is one too high, a greatest value that is one too high, a least one that is one too low.
        let wrong = format!("{FIGURES}UPDATE t SET pay = pay + CASE id WHEN 1 THEN -1 ELSE 2 END;\n");
        let (exit, text) = told(&place("\"pay\", \"t.bonus\"", &wrong), format);
        assert_eq!((exit, shown(&text)), (1, Vec::new()), "{format}: {text}");
        assert!(text.contains("sum: *** before, *** after"), "{format}: {text}");
    }
}

#[test]
fn a_redacted_column_is_not_shown_under_another_name_either() {
    let rename = "-- phasegate: drops column public.t.pay\n-- phasegate: adds column public.t.salary\n\
                  -- phasegate: keeps sum public.t.pay, public.t.salary\n-- phasegate: keeps max public.t.salary\n\
                  ALTER TABLE t RENAME pay TO salary;\n";
    let (exit, text) = told(&place("\"pay\"", rename), "json");
    assert_eq!((exit, shown(&text)), (1, Vec::new()), "{text}");
    assert!(text.contains("*** before, gone after") && text.contains("not there before, *** after"), "{text}");
    let (_, text) = told(&place("", rename), "json");
    assert_eq!(shown(&text), ["74806004842", "148317008413"], "what is not redacted is shown, and so this can fail");
    let table = "-- phasegate: drops table public.t\n-- phasegate: adds table public.u\n\
                 -- phasegate: keeps min public.u.pay\nALTER TABLE t RENAME TO u;\n";
    let (exit, text) = told(&place("\"public.t.pay\"", table), "json");
    assert_eq!((exit, shown(&text)), (1, Vec::new()), "{text}");
    assert!(text.contains("not there before, *** after"), "{text}");
}

/// What the server says when a phase fails: on a constraint, on a value that it cannot take, in a COPY, in a function.
#[test]
fn what_the_server_says_of_a_failure_repeats_no_value() {
    let head = "-- phasegate: changes data public.t (pay)\n";
    let phases = [
        (
            "INSERT INTO t SELECT 3, pay, NULL, NULL FROM t WHERE id = 1;\nALTER TABLE t ADD UNIQUE (pay);\n",
            "t_pay_key",
        ),
        ("ALTER TABLE t ADD CHECK (pay < 5);\nUPDATE t SET pay = pay;\n", "violated by some row"),
        ("ALTER TABLE t ADD CHECK (pay < 5) NOT VALID;\nUPDATE t SET pay = pay;\n", "violates check constraint"),
        ("SELECT ('x' || pay)::int FROM t;\n", "invalid input syntax for type integer: \\\"***\\\""),
        ("COPY t (id, pay) FROM stdin;\n9\tx73511003571\n\\.\n", "invalid input syntax for type bigint"),
        (
            "DO $$ BEGIN RAISE EXCEPTION 'wrong pay' USING DETAIL = (SELECT string_agg(pay::text, ',') FROM t); END $$;\n",
            "wrong pay",
        ),
    ];
    for (phase, says) in phases {
        let (exit, text) = told(&place("\"pay\"", &format!("{head}{phase}")), "json");
        assert!(exit == 3 && text.contains(says), "{phase}: {exit}: {text}");
        assert_eq!(shown(&text), [""; 0], "{phase}: {text}");
        let (_, text) = told(&place("\"pay\"", &format!("{head}{phase}")), "terminal");
        assert_eq!(shown(&text), [""; 0], "{phase}: {text}");
    }
    let (_, text) = told(&place("", &format!("{head}{}", phases[3].0)), "json");
    assert!(!shown(&text).is_empty(), "what is not redacted is shown, and so this can fail");
}
