//! Lists and checks the exercises of the book.

use std::process::ExitCode;

use clap::Parser;
use exercises::{Exercise, drawn, exercises};

/// Checks an exercise of the book, or lists them.
#[derive(Parser)]
struct Arguments {
    /// Its number, such as 5.1; all are listed without one.
    id: Option<String>,
    /// Checks the solution instead of yours.
    #[arg(long)]
    solution: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(id) = arguments.id else {
        for Exercise { id, title, file, .. } in exercises() {
            println!("{id}  {title}\n     book/exercises/src/{file}");
        }
        println!("\nTo check one: cargo run -p exercises -- 1.1");
        return ExitCode::SUCCESS;
    };
    let Some(exercise) = exercises().into_iter().find(|exercise| exercise.id == id)
    else {
        eprintln!(
            "there is no exercise {id}: without a number this lists those that there are"
        );
        return ExitCode::from(2);
    };
    let (check, Exercise { id, title, file, hint, .. }) = (
        if arguments.solution { exercise.solution } else { exercise.yours },
        exercise,
    );
    // The model checker may panic twice; the first panic says it all.
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let said = payload.downcast_ref::<&str>().copied();
        let said = said.or(payload.downcast_ref::<String>().map(String::as_str));
        let said = match said.unwrap_or("it panicked") {
            loom if loom.starts_with("deadlock; threads") => {
                "a deadlock: nobody can go on, and not all have ended"
            }
            other => other,
        };
        let drawn = drawn().map(|drawn| format!("\n{drawn}")).unwrap_or_default();
        eprintln!(
            "{id} {title}: not yet\n\n{said}\n{drawn}\nHint: {hint}\nYours: book/exercises/src/{file}"
        );
        std::process::exit(1);
    }));
    check();
    println!("{id} {title}: done");
    ExitCode::SUCCESS
}
