//! The door: what was typed, what is printed, the exit code. The only room that prints or reads the environment.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the one room that prints")]

mod args;
mod diagnostics;
mod diff;
mod progress;
mod show;
mod surroundings;

use std::process::ExitCode;

use clap::Parser;

use crate::config::{self, Config};
use crate::db::{Cancel, ConnSpec};
use crate::disposable::{Options as ServerOptions, Supervisor};
use crate::report::{Format, Report, render};
use crate::run::{self, Context, DemoOptions, Error, Exit, MigrateOptions, Outcome};

use args::{Cli, Command, Common, Demo, Listing, Snapshot};
use progress::Progress;
use surroundings::Surroundings;

/// Runs what was typed.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let around = Surroundings::look(cli.common.color);
    diagnostics::init(cli.common.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::from(error).context("the runtime cannot be started")),
    };
    let outcome = runtime.block_on(dispatch(&cli, &around));
    // A reading thread that is stuck in the system must not keep the process.
    runtime.shutdown_background();
    match outcome {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("phasegate: {error:#}");
    let exit = error.downcast_ref::<Error>().map_or(Exit::CouldNotJudge, Error::exit);
    ExitCode::from(exit.code())
}

async fn dispatch(cli: &Cli, around: &Surroundings) -> anyhow::Result<Exit> {
    let config = config::load(&cli.common.overrides()).map_err(Error::from)?;
    match &cli.command {
        Command::Init { folder } => init(folder),
        Command::Report { run, output } => {
            let report = run::report(&config, run)?;
            print_report(&report, output.format, around);
            Ok(report.verdict.into())
        }
        Command::Snapshot { command: Snapshot::List { format } } => {
            show::snapshots(&run::list_snapshots(&config)?, &config, *format, around);
            Ok(Exit::Go)
        }
        Command::Snapshot { command: Snapshot::Compare { before, after, declared, format } } => {
            compare(&config, before, after, *declared, *format, around)
        }
        Command::Demo(demo) => with_demo(cli, &config, around, demo).await,
        Command::Diff(diff) => diff::run(diff, &cli.common, around).await,
        _ => with_server(cli, &config, around).await,
    }
}

/// The commands that need a server of the user's.
async fn with_server(cli: &Cli, config: &Config, around: &Surroundings) -> anyhow::Result<Exit> {
    let (spec, notes) = ConnSpec::resolve(config.database.as_deref(), &around.env).map_err(Error::from)?;
    for note in notes {
        let about_arguments = matches!(note, crate::db::Note::PasswordInConnectionString);
        if !about_arguments || cli.common.typed_database() {
            eprintln!("phasegate: {note}");
        }
    }
    let quiet = cli.common.quiet || machine_output(&cli.command);
    let progress = Progress::new(around, quiet);
    let events = |event| progress.take(event);
    let context = context(config, spec, around, &cli.common, &events);
    let exit = match &cli.command {
        Command::Plan { format } => {
            let plan = run::plan(&context).await?;
            show::plan(&plan, *format, around);
            plan_exit(&plan)
        }
        Command::Status { format } => {
            let history = run::status(&context).await?;
            show::status(&history, *format, around);
            plan_exit(&history.plan)
        }
        Command::Log { verify: true, .. } => {
            let (rows, faults) = run::history(&context).await?;
            show::chain(rows, &faults);
            if faults.is_empty() { Exit::Go } else { Exit::NoGo }
        }
        Command::Log { format, .. } => {
            show::log(&run::log_rows(&context).await?, *format, around)?;
            Exit::Go
        }
        Command::Snapshot { command: Snapshot::Take { name } } => {
            let name = name.clone().unwrap_or_else(surroundings::stamp);
            let (taken, directory) = run::take_snapshot(&context, &name).await?;
            progress.finish();
            show::taken(&taken, &directory);
            Exit::Go
        }
        Command::Migrate(options) => {
            let chosen = MigrateOptions {
                lock_wait: options.lock_wait,
                apply_only: options.apply_only,
                ..MigrateOptions::default()
            };
            let outcome = run::migrate(&context, &chosen).await?;
            progress.finish();
            print_outcome(&outcome, options.output.format, around, cli.common.quiet)
        }
        Command::Verify { against, output } => {
            let outcome = run::verify(&context, against.as_deref()).await?;
            progress.finish();
            print_outcome(&outcome, output.format, around, cli.common.quiet)
        }
        Command::Init { .. }
        | Command::Demo(_)
        | Command::Diff(_)
        | Command::Report { .. }
        | Command::Snapshot { .. } => Exit::Go,
    };
    Ok(exit)
}

async fn with_demo(cli: &Cli, config: &Config, around: &Surroundings, demo: &Demo) -> anyhow::Result<Exit> {
    let scratch = surroundings::Scratch::new()?;
    let executable = std::env::current_exe()?;
    let server = ServerOptions {
        bin_dir: demo.server.pg_bin.clone(),
        major: demo.server.pg_major,
        search_path: std::env::var_os("PATH"),
        ..ServerOptions::new(Supervisor::Reexec(executable))
    };
    let options = DemoOptions {
        scale: demo.scale,
        server,
        scratch: scratch.path().to_owned(),
        env: around.env.clone(),
        keep: demo.keep,
    };
    let progress = Progress::new(around, cli.common.quiet || demo.output.format != Format::Terminal);
    let events = |event| progress.take(event);
    // The demo brings its own server; where to connect is known once it runs.
    let spec = ConnSpec::from_url("postgresql://postgres@localhost/postgres").map_err(Error::from)?;
    let context = context(config, spec, around, &cli.common, &events);
    let (outcome, kept) = run::demo(&context, &options).await?;
    progress.finish();
    let exit = print_outcome(&outcome, demo.output.format, around, cli.common.quiet);
    if let Some(kept) = kept {
        eprintln!("the server is kept: psql '{}'\nend it with: {}", kept.url, kept.stop_command);
    }
    Ok(exit)
}

fn context<'a>(
    config: &'a Config,
    spec: ConnSpec,
    around: &'a Surroundings,
    common: &Common,
    events: &'a (dyn Fn(run::Event) + Send + Sync),
) -> Context<'a> {
    let operator = common.operator.clone().or_else(|| around.user.clone());
    let free_bytes = Some(&surroundings::free_bytes as run::FreeBytes<'_>);
    Context { config, spec, cancel: on_interrupt(), events, operator, free_bytes }
}

/// Ctrl-C stops the work in an orderly way: the server ends the statement, and the log says so.
fn on_interrupt() -> Cancel {
    let (switch, cancel) = Cancel::new();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("phasegate: stopping; the statement under way is being cancelled on the server");
            switch.cancel();
        }
        // Thrown or not, the switch stays where it is as long as the program runs.
        std::future::pending::<()>().await;
    });
    cancel
}

fn init(folder: &std::path::Path) -> anyhow::Result<Exit> {
    let written = run::init(folder)?;
    for path in &written {
        println!("{}", path.display());
    }
    if written.is_empty() {
        println!("everything is there already; nothing was written");
    }
    Ok(Exit::Go)
}

fn compare(
    config: &Config,
    before: &str,
    after: &str,
    declared: bool,
    format: Listing,
    around: &Surroundings,
) -> anyhow::Result<Exit> {
    let mut allowed = crate::phase::Declared::default();
    if declared {
        for phase in crate::phase::discover(&config.migrations).map_err(Error::from)? {
            allowed.extend(&phase.header.declared);
        }
    }
    let (verdict, facts) = run::compare_snapshots(config, before, after, &allowed)?;
    show::differences(verdict, &facts, format, around);
    Ok(verdict.into())
}

/// Prints what a run came to; the excerpt with the caret comes last, where the eye is.
fn print_outcome(outcome: &Outcome, format: Format, around: &Surroundings, quiet: bool) -> Exit {
    match (&outcome.report, &outcome.plan) {
        (Some(report), _) if quiet && format == Format::Terminal => {
            println!("{}: {}", report.decision.word(), report.header.run_id);
        }
        (Some(report), _) => print_report(report, format, around),
        (None, Some(plan)) => {
            let listing = if format == Format::Json { Listing::Json } else { Listing::Text };
            show::plan(plan, listing, around);
        }
        (None, None) => {}
    }
    if let Some(failure) = &outcome.failure {
        eprintln!("\n{failure}");
    }
    if let (Some(directory), Format::Terminal) = (&outcome.directory, format) {
        println!("report: {}", directory.join("report.md").display());
    }
    outcome.exit
}

fn print_report(report: &Report, format: Format, around: &Surroundings) {
    print!("{}", render(report, format, &around.style()));
}

fn machine_output(command: &Command) -> bool {
    match command {
        Command::Migrate(migrate) => migrate.output.format != Format::Terminal,
        Command::Verify { output, .. } => output.format != Format::Terminal,
        _ => false,
    }
}

fn plan_exit(plan: &crate::plan::Plan) -> Exit {
    match (plan.is_clear(), plan.is_bad_input()) {
        (true, _) => Exit::Go,
        (false, true) => Exit::CouldNotJudge,
        (false, false) => Exit::NoGo,
    }
}
