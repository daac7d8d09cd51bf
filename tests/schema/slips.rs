//! Slips of every sort, planted at every place of a file that is right: each is refused by the schema and by the program,
//! at its line and column, with what is allowed.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::checker::problems;
use super::files::{Sort, as_json, is_elsewhere, root};

#[test]
fn slips_in_the_configuration_are_refused_by_schema_and_program() {
    let text = std::fs::read_to_string(root().join("src/config/template.toml")).unwrap();
    let mut file: Table = text.parse().unwrap();
    for kind in phasegate::gates::GATE_KINDS {
        let gates = file.entry("gates").or_insert_with(|| Table::new().into()).as_table_mut().unwrap();
        gates.insert(kind.name.to_owned(), Table::new().into());
    }
    let measure = file["measure"].as_table_mut().unwrap();
    let excluded: Table = "column = \"a.b.c\"\nreason = \"it is a clock\"".parse().unwrap();
    measure.insert("exclude_columns".into(), vec![Value::from(excluded)].into());
    let planted = plant(Sort::Config, &file, None);
    assert!(planted >= 200, "only {planted} slips were planted");
}

#[test]
fn slips_in_rules_are_refused_by_schema_and_program() {
    let mut planted = 0;
    for kind in phasegate::rules::RULE_KINDS {
        // What every rule has is the same for each kind.
        let among = (kind.name != "not_null").then_some("check");
        planted += plant(Sort::Rules, &one("rule", "rules", "check", kind.name), among);
    }
    assert!(planted >= 1_000, "only {planted} slips were planted");
}

#[test]
fn slips_in_gates_are_refused_by_schema_and_program() {
    let mut planted = 0;
    for kind in phasegate::gates::declared::PROBE_KINDS {
        let among = (kind.name != "env").then_some("probe");
        planted += plant(Sort::Rules, &one("probe", "gates", "probe", kind.name), among);
    }
    assert!(planted >= 500, "only {planted} slips were planted");
}

#[test]
fn slips_in_loads_and_metrics_are_refused_by_schema_and_program() {
    let load = "[loads.a]\nurl = \"http://localhost\"\nusers = [1, 2]\nsetup = [{ path = \"/login\", json = { a = 1 } }]\n\
                requests = [{ expect_json = { \"/a\" = 1 }, headers = { a = \"b\" }, remember = { A = \"/a\" }, status = [200] }]\n";
    let mut planted = plant(Sort::Rules, &load.parse().unwrap(), None);
    let folder = std::fs::read_to_string(root().join("integrity_rules/baseline.toml")).unwrap();
    let metrics: Table = folder.parse().unwrap();
    let mut kinds = BTreeSet::new();
    for metric in metrics["metrics"].as_table().unwrap().values() {
        let kind = metric["measure"].as_table().unwrap().keys().next().unwrap().clone();
        if kinds.insert(kind) {
            let file: Table = [("metrics".to_owned(), under("a", metric.clone()))].into_iter().collect();
            planted += plant(Sort::Rules, &file, Some("measure"));
        }
    }
    assert_eq!(kinds.len(), phasegate::gates::declared::metrics::METRIC_KINDS.len(), "{kinds:?}");
    assert!(planted >= 300, "only {planted} slips were planted");
}

/// The file with the one rule or gate of a kind that a case has, by itself.
fn one(cases: &str, table: &str, field: &str, kind: &str) -> Table {
    let folder = root().join("tests/kinds").join(cases).join(kind);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    for path in files.filter(|path| path.extension().is_some_and(|end| end == "toml")) {
        let text = std::fs::read_to_string(&path).unwrap().replace("{service}", "http://localhost:8001");
        let Ok(file) = text.parse::<Table>() else { continue };
        let Some(all) = file.get(table).and_then(Value::as_table) else { continue };
        for found in all.values() {
            let is_it = found.get(field).and_then(|field| field.get(kind)).is_some();
            let file: Table = [(table.to_owned(), under("a", found.clone()))].into_iter().collect();
            let refusals = Sort::Rules.refusals(&toml::to_string(&file).unwrap());
            if is_it && refusals.iter().all(|refusal| is_elsewhere(refusal)) {
                return file;
            }
        }
    }
    panic!("no case of {kind} is read by itself");
}

fn under(name: &str, value: Value) -> Value {
    Value::Table([(name.to_owned(), value)].into_iter().collect())
}

/// Plants every slip at every place, or at those below one name, one at a time; how many there were.
fn plant(sort: Sort, file: &Table, among: Option<&str>) -> usize {
    let schema = sort.schema();
    let whole = Value::Table(file.clone());
    assert_eq!(problems(schema, &as_json(&whole)), Vec::<String>::new(), "the file is not right to begin with");
    let mut slips = Vec::new();
    collect(schema, &whole, &[], &mut slips);
    slips.retain(|slip| among.is_none_or(|name| slip.at.iter().any(|step| step == name)));
    for slip in &slips {
        slip.hold(sort, schema, &whole);
    }
    slips.len()
}

/// What is put where, and what must be said of it.
#[derive(Debug)]
struct Slip {
    /// The way from the top of the file: names, and numbers of entries.
    at: Vec<String>,
    /// `None`: it is taken away.
    value: Option<Value>,
    /// Whether the complaint stands at the name, and not at the value.
    at_name: bool,
    /// Words that the program's complaint has.
    said: Vec<String>,
}

fn collect(schema: &Json, value: &Value, at: &[String], slips: &mut Vec<Slip>) {
    let below = |name: &str| at.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
    // Of several that it may be, the one that it is.
    let schemas = schema["anyOf"].as_array().map_or_else(|| vec![schema], |all| all.iter().collect());
    let Some(schema) = schemas.into_iter().find(|schema| problems(schema, &as_json(value)).is_empty()) else { return };
    match value {
        Value::Table(table) => {
            let properties = schema["properties"].as_object();
            let is_kind = schema["maxProperties"] == 1;
            let meant = |name: &String| !is_kind || table.contains_key(name);
            for (name, property) in properties.into_iter().flatten().filter(|(name, _)| meant(name)) {
                wrong_values(property, &below(name), slips);
            }
            if schema["additionalProperties"] == false {
                unknown_names(properties.unwrap(), table, is_kind, at, slips);
            }
            for name in schema["required"].as_array().into_iter().flatten() {
                let said = vec![format!("missing parameter `{}`", name.as_str().unwrap())];
                slips.push(Slip { at: below(name.as_str().unwrap()), value: None, at_name: false, said });
            }
            for (name, inner) in table {
                let inner_schema = properties.and_then(|all| all.get(name)).unwrap_or(&schema["additionalProperties"]);
                if inner_schema.is_object() {
                    collect(inner_schema, inner, &below(name), slips);
                }
            }
        }
        Value::Array(list) => {
            if let Some(first) = list.first() {
                wrong_values(&schema["items"], &below("0"), slips);
                collect(&schema["items"], first, &below("0"), slips);
            }
        }
        _ => {}
    }
}

/// A value of every sort that the schema does not take there.
fn wrong_values(schema: &Json, at: &[String], slips: &mut Vec<Slip>) {
    let sorts: [Value; 8] = [
        true.into(),
        (-1).into(),
        7_000_000_000_i64.into(),
        2.5.into(),
        "no such word".into(),
        Vec::<Value>::new().into(),
        vec![Value::from(7)].into(),
        Table::new().into(),
    ];
    for value in sorts {
        let is_text = schema["type"] == "string" && schema.get("enum").is_none() && value.is_str();
        // What a URL lacks is told in words of its own.
        if problems(schema, &as_json(&value)).is_empty() || (is_text && schema["pattern"] == "^https?://|[$][{]") {
            continue;
        }
        let words = schema["enum"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let said = if value.is_str() { words.map(str::to_owned).collect() } else { Vec::new() };
        slips.push(Slip { at: at.to_vec(), value: Some(value), at_name: false, said });
    }
}

fn unknown_names(
    known: &serde_json::Map<String, Json>,
    table: &Table,
    is_kind: bool,
    at: &[String],
    slips: &mut Vec<Slip>,
) {
    let below = |name: &str| at.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
    let mut said: Vec<String> = known.keys().cloned().collect();
    if is_kind {
        // There are too many to list; the nearest are.
        said = vec!["there is no".into()];
    }
    let slip = |name: &str, said: Vec<String>| Slip { at: below(name), value: Some(1.into()), at_name: true, said };
    // At the top of a file of rules the tables are named as they are written.
    if at.is_empty() && known.contains_key("rules") {
        slips.push(slip("rule", vec!["[rules.<id>]".into(), "[gates.<id>]".into()]));
        return;
    }
    slips.push(slip("nonsense", said));
    let long = table.keys().find(|name| name.len() > 4).filter(|_| !is_kind);
    if let Some(name) = long {
        slips.push(slip(&name[..name.len() - 1], vec![format!("did you mean {name}?")]));
    }
}

impl Slip {
    fn hold(&self, sort: Sort, schema: &Json, whole: &Value) {
        let mut file = whole.clone();
        put(&mut file, &self.at, self.value.clone());
        assert!(!problems(schema, &as_json(&file)).is_empty(), "the schema lets it through: {self:?}");
        let text = toml::to_string(&file).unwrap();
        let refusals = sort.refusals(&text);
        let (from, to) = self.place(&text);
        let is_told = |refusal: &String| {
            let mut parts = refusal.splitn(3, ':');
            let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
            let at = (number(), number());
            (from..=to).contains(&at) && self.said.iter().all(|word| refusal.contains(word.as_str()))
        };
        assert!(refusals.iter().any(is_told), "{self:?} at {from:?} is told as {refusals:#?}\n{text}");
    }

    /// Line and column of what is wrong: where it begins, and where it ends.
    fn place(&self, text: &str) -> ((usize, usize), (usize, usize)) {
        let document = DeTable::parse(text).unwrap();
        let span = document.span();
        let mut value = toml::Spanned::new(span, DeValue::Table(document.into_inner()));
        let mut name_span = value.span();
        for step in &self.at {
            let inner = match value.get_ref() {
                DeValue::Table(table) => table.iter().find(|(name, _)| name.get_ref() == step).map(|(name, value)| {
                    name_span = name.span();
                    value.clone()
                }),
                DeValue::Array(list) => list.get(step.parse::<usize>().unwrap()).cloned(),
                _ => None,
            };
            // What was taken away is missing where its table stands.
            let Some(inner) = inner else { break };
            value = inner;
        }
        let span = if self.at_name { name_span } else { value.span() };
        (line_and_column(text, span.start), line_and_column(text, span.end))
    }
}

fn put(file: &mut Value, at: &[String], value: Option<Value>) {
    let (step, rest) = at.split_first().unwrap();
    match file {
        Value::Table(table) if rest.is_empty() => {
            table.remove(step);
            if let Some(value) = value {
                table.insert(step.clone(), value);
            }
        }
        Value::Table(table) => put(table.get_mut(step).unwrap(), rest, value),
        Value::Array(list) if rest.is_empty() => list[step.parse::<usize>().unwrap()] = value.unwrap(),
        Value::Array(list) => put(&mut list[step.parse::<usize>().unwrap()], rest, value),
        _ => panic!("{step} is in nothing"),
    }
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
