//! Medians, ratios and their spread.

use super::process::Cost;

/// Two ways to do one thing, measured in turns.
pub struct Comparison {
    name: String,
    /// The highest ratio of wall times that is good enough.
    goal: Option<f64>,
    limit: Vec<Cost>,
    ours: Vec<Cost>,
}

impl Comparison {
    /// Runs both once without counting, then `rounds` times each, in turns, and each first every other time.
    pub fn measure(
        name: &str,
        goal: Option<f64>,
        rounds: usize,
        mut limit: impl FnMut() -> Cost,
        mut ours: impl FnMut() -> Cost,
    ) -> Comparison {
        let mut comparison = Comparison { name: name.to_owned(), goal, limit: Vec::new(), ours: Vec::new() };
        limit();
        ours();
        for round in 0..rounds {
            if round % 2 == 0 {
                comparison.limit.push(limit());
                comparison.ours.push(ours());
            } else {
                comparison.ours.push(ours());
                comparison.limit.push(limit());
            }
        }
        comparison
    }

    /// The median of the ratios of neighbouring runs: what disturbs the machine disturbs both of a pair.
    fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    fn ratios(&self) -> Vec<f64> {
        self.ours.iter().zip(&self.limit).map(|(ours, limit)| ours.wall_s / limit.wall_s).collect()
    }
}

/// The heading of [`print`]'s lines.
const HEAD: &str = "| work | limit, s | phasegate, s | ratio (spread) | goal | client CPU, s | server CPU, s | peak, MiB |\n\
                    |---|---|---|---|---|---|---|---|";

/// Prints a table in Markdown. CPU and memory stand as limit / phasegate.
pub fn print(comparisons: &[Comparison]) {
    println!("\n{HEAD}");
    for comparison in comparisons {
        let ratios = comparison.ratios();
        let both = |of: fn(&Cost) -> f64, digits: usize| {
            let of_all = |costs: &[Cost]| median(costs.iter().map(of).collect());
            format!("{:.digits$} / {:.digits$}", of_all(&comparison.limit), of_all(&comparison.ours))
        };
        let walls = both(|cost| cost.wall_s, 3).replace(" / ", " | ");
        let goal = match comparison.goal {
            Some(goal) if comparison.ratio() <= goal => format!("{goal:.2}: met"),
            Some(goal) => format!("{goal:.2}: missed"),
            None => "none".to_owned(),
        };
        println!(
            "| {} | {walls} | **{:.2}** ({:.2}-{:.2}) | {goal} | {} | {} | {} |",
            comparison.name,
            comparison.ratio(),
            ratios.iter().copied().fold(f64::INFINITY, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
            both(|cost| cost.client_cpu_s, 2),
            both(|cost| cost.server_cpu_s, 2),
            both(|cost| cost.peak_kb as f64 / 1024.0, 0),
        );
    }
}

/// The middle one; of an even number the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => f64::midpoint(values[even / 2 - 1], values[even / 2]),
    }
}
