//! A plan as `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` tells it.

use serde_json::Value;

/// The plan of one run.
pub(super) struct Plan(Value);

/// One step of it.
pub(super) struct Step<'a>(&'a Value);

impl Plan {
    /// # Errors
    /// Why the text is no plan.
    pub(super) fn parse(text: &str) -> Result<Plan, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| format!("the plan cannot be read: {error}"))?;
        let plan = json.get(0).filter(|plan| plan.get("Plan").is_some() && plan.get("Execution Time").is_some());
        plan.cloned().map(Plan).ok_or_else(|| "the plan tells no times".to_owned())
    }

    /// Planning and execution, in milliseconds.
    pub(super) fn total_ms(&self) -> f64 {
        number(&self.0, "Planning Time") + number(&self.0, "Execution Time")
    }

    /// Blocks touched: in shared buffers, in those of temporary tables, found there or read, and in the temporary files of
    /// what does not fit into memory.
    pub(super) fn buffers(&self) -> u64 {
        const COUNTED: [&str; 6] = [
            "Shared Hit Blocks",
            "Shared Read Blocks",
            "Local Hit Blocks",
            "Local Read Blocks",
            "Temp Read Blocks",
            "Temp Written Blocks",
        ];
        let top = &self.0["Plan"];
        COUNTED.iter().filter_map(|name| top.get(*name).and_then(Value::as_u64)).sum()
    }

    /// All steps, from the top.
    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        walk(&self.0["Plan"], &mut steps);
        steps
    }

    /// The step whose number of rows the planner guessed worst, and by which factor. A step that never ran tells nothing.
    pub(super) fn worst_guess(&self) -> Option<(String, f64)> {
        let guess = |step: &Step<'_>| {
            if number(step.0, "Actual Loops") < 1.0 {
                return None;
            }
            // Rows of a step are a mean over its loops; fewer than one is one.
            let (guessed, found) = (number(step.0, "Plan Rows").max(1.0), number(step.0, "Actual Rows").max(1.0));
            Some((step.name(), (guessed / found).max(found / guessed)))
        };
        self.steps().iter().filter_map(guess).max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

impl Step<'_> {
    /// `Seq Scan transactions`, `Index Scan portfolios_user_id_idx on portfolios`, `Sort`.
    pub(super) fn name(&self) -> String {
        let kind = self.text("Node Type");
        match (self.text("Index Name"), self.text("Relation Name")) {
            ("", "") => kind.to_owned(),
            ("", relation) => format!("{kind} {relation}"),
            (index, "") => format!("{kind} {index}"),
            (index, relation) => format!("{kind} {index} on {relation}"),
        }
    }

    /// Whether it is meant by a word like `Seq Scan`, `Seq Scan transactions` or `Index Scan portfolios_pkey`.
    pub(super) fn is(&self, word: &str) -> bool {
        let kind = self.text("Node Type");
        let Some(rest) = word.strip_prefix(kind) else { return false };
        match rest.strip_prefix(' ') {
            None => rest.is_empty(),
            Some(name) => [self.text("Index Name"), self.text("Relation Name"), self.text("Alias")].contains(&name),
        }
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The steps that there are in PostgreSQL 13 to 18, as EXPLAIN prints them without "Parallel" or a strategy.
const KINDS: [&str; 42] = [
    "Aggregate",
    "Append",
    "Bitmap Heap Scan",
    "Bitmap Index Scan",
    "BitmapAnd",
    "BitmapOr",
    "CTE Scan",
    "Custom Scan",
    "Foreign Scan",
    "Function Scan",
    "Gather",
    "Gather Merge",
    "Group",
    "Hash",
    "Hash Join",
    "Incremental Sort",
    "Index Only Scan",
    "Index Scan",
    "Limit",
    "LockRows",
    "Materialize",
    "Memoize",
    "Merge Append",
    "Merge Join",
    "ModifyTable",
    "Named Tuplestore Scan",
    "Nested Loop",
    "ProjectSet",
    "Recursive Union",
    "Result",
    "Sample Scan",
    "Seq Scan",
    "SetOp",
    "Sort",
    "Subquery Scan",
    "Table Function Scan",
    "Tid Range Scan",
    "Tid Scan",
    "Unique",
    "Values Scan",
    "WindowAgg",
    "WorkTable Scan",
];

/// Whether a word can be a step: one that can be none would be forbidden for nothing, for ever.
///
/// # Errors
/// What is wrong, and what is allowed.
pub(super) fn look_over_step(word: &str) -> Result<(), String> {
    let is_kind = |kind: &&&str| word.strip_prefix(**kind).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    // The longest: `Hash Join` is no `Hash` on `Join`.
    let Some(kind) = KINDS.iter().filter(is_kind).max_by_key(|kind| kind.len()) else {
        let said = crate::declaration::allowed(word, &KINDS);
        return Err(format!("{word:?} is no step of a plan; {said}"));
    };
    let name = word[kind.len()..].trim_start();
    if name.contains(" on ") {
        return Err(format!("{word:?}: give the index or the table, not both"));
    }
    if !name.is_empty() && !kind.ends_with("Scan") && *kind != "ModifyTable" {
        return Err(format!("{word:?}: a {kind} has neither table nor index; forbid the scans below it by name"));
    }
    if name.contains('.') {
        return Err(format!("{word:?}: EXPLAIN names tables and indexes without their schema"));
    }
    Ok(())
}

fn walk<'a>(step: &'a Value, steps: &mut Vec<Step<'a>>) {
    steps.push(Step(step));
    for below in step.get("Plans").and_then(Value::as_array).into_iter().flatten() {
        walk(below, steps);
    }
}

fn number(value: &Value, name: &str) -> f64 {
    value.get(name).and_then(Value::as_f64).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"[{"Plan":{"Node Type":"Sort","Plan Rows":10,"Actual Rows":0,"Actual Loops":1,"Shared Hit Blocks":7,"Shared Read Blocks":2,"Temp Read Blocks":30,"Temp Written Blocks":40,
        "Plans":[{"Node Type":"Seq Scan","Relation Name":"transactions","Alias":"t","Plan Rows":5,"Actual Rows":500,"Actual Loops":1},
                 {"Node Type":"Index Scan","Index Name":"a_pkey","Relation Name":"a","Plan Rows":1000000,"Actual Rows":0,"Actual Loops":0}]},
        "Planning Time":0.5,"Execution Time":2.0}]"#;

    #[test]
    fn steps_are_known_by_kind_and_by_what_they_are_on() {
        let plan = Plan::parse(PLAN).unwrap();
        let has = |word: &str| plan.steps().iter().any(|step| step.is(word));
        assert!(has("Seq Scan") && has("Seq Scan transactions") && has("Seq Scan t") && has("Index Scan a_pkey"));
        assert!(!has("Seq Scan a") && !has("Seq") && !has("Index Only Scan"));
        assert_eq!((plan.total_ms(), plan.buffers()), (2.5, 79));
    }

    #[test]
    fn a_word_that_can_be_no_step_is_refused() {
        for word in ["Seq Scan", "Seq Scan transactions", "Hash Join", "Index Only Scan a_pkey", "Aggregate"] {
            assert_eq!(look_over_step(word), Ok(()), "{word}");
        }
        for word in [
            "Seq scan t",
            "SeqScan t",
            "",
            "Scan",
            "Seq Scans",
            "Seq Scan public.t",
            "Hash Join t",
            "Sort t",
            "Index Scan p on t",
        ] {
            assert!(look_over_step(word).is_err(), "{word}");
        }
        assert!(look_over_step("Seq scan t").unwrap_err().contains("nearest: Seq Scan"));
    }

    #[test]
    fn the_worst_guess_is_of_a_step_that_ran() {
        assert_eq!(Plan::parse(PLAN).unwrap().worst_guess(), Some(("Seq Scan transactions".into(), 100.0)));
    }
}
