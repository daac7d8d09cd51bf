//! Values and names survive the way into SQL and back.

use std::sync::{Arc, Mutex};

use phasegate::db::{Sql, quote_ident, quote_literal};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::session;

/// Text with everything that has a meaning in SQL.
fn nasty() -> impl Strategy<Value = String> {
    let sharp = prop::sample::select(vec![
        "'", "\"", "\\", "\\'", "$$", ";", "--", "/*", ":'v'", ":", "\n", "\r", "E'", "ü", "𝄞",
    ]);
    let any = any::<String>().prop_map(|text| text.replace('\0', ""));
    prop::collection::vec(prop_oneof![sharp.prop_map(str::to_owned), any], 0..6).prop_map(|parts| parts.concat())
}

#[tokio::test]
async fn any_text_survives_as_a_value_and_as_a_name() {
    let texts: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(2000) });
    runner
        .run(&nasty(), |text| {
            texts.lock().unwrap().push(text);
            Ok(())
        })
        .unwrap();
    let texts = std::mem::take(&mut *texts.lock().unwrap());
    for conforming in ["on", "off"] {
        let mut reader = session().await;
        // One message for all of them; the server says for each what it received.
        let mut batch = format!("SET LOCAL standard_conforming_strings = {conforming};");
        for text in &texts {
            batch += &Sql::new("SELECT :'v' AS value;").value("v", text).render().unwrap();
        }
        let rows = reader.rows(batch).await.unwrap();
        assert_eq!(rows.len(), texts.len());
        for (row, text) in rows.iter().zip(&texts) {
            assert_eq!(row.at(0), Some(text.as_str()));
        }
    }
    // A name is cut to 63 bytes by the server, which is not what is asked here.
    let names: Vec<&String> = texts.iter().filter(|text| !text.is_empty() && text.len() < 64).collect();
    let mut reader = session().await;
    for chunk in names.chunks(500) {
        let list: Vec<String> = chunk.iter().map(|name| format!("1 AS {}", quote_ident(name))).collect();
        let row = reader.one(format!("SELECT {}", list.join(", "))).await.unwrap();
        assert!(row.columns().iter().eq(chunk.iter().copied()));
    }
    assert!(names.len() > 500);
    assert_eq!(quote_literal("a\\'b"), "E'a\\\\''b'");
}
