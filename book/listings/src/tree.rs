//! Draws all interleavings of a small program as a tree, and which of them need not be tried.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use anyrt::prelude::*;
use anyrt::sim::{Explore, explore};
use anyrt::task::yield_now;

use crate::picture::{Language, say};

/// The steps of each of the two: what is shown, which word it touches, and whether it writes.
const STEPS: [[(&str, usize, bool); 2]; 2] = [
    [("A: x = 1", 0, true), ("A reads y", 1, false)],
    [("B: y = 1", 1, true), ("B reads x", 0, false)],
];

/// Who made each step, and what A and B read in the end.
type Runs = BTreeMap<Vec<usize>, [u32; 2]>;

/// Every interleaving, by the simulator.
fn runs() -> Runs {
    // On a thread of its own: what is left of a budget is the thread's, and the stage's tasks use it, too.
    std::thread::spawn(explored).join().expect("no panic")
}

fn explored() -> Runs {
    let noted = Mutex::new(Runs::new());
    let all = &noted;
    let done = explore(Explore::all(10_000), |rt| async move {
        let shared = Arc::new(Mutex::new((Vec::new(), [0; 2], [0; 2])));
        let tasks = [0, 1].map(|who| {
            let shared = Arc::clone(&shared);
            rt.spawn(async move {
                for (step, (_, word, writes)) in STEPS[who].into_iter().enumerate()
                {
                    if step > 0 {
                        yield_now().await;
                    }
                    let mut shared =
                        shared.lock().unwrap_or_else(PoisonError::into_inner);
                    let (order, words, read) = &mut *shared;
                    order.push(who);
                    if writes {
                        words[word] = 1;
                    } else {
                        read[who] = words[word];
                    }
                }
            })
        });
        for task in tasks {
            task.await.expect("no panic");
        }
        let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(shared.0.clone(), shared.2);
    });
    assert!(done.is_complete(), "so few steps have few orders");
    noted.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Which of each pair of steps that touch one word comes first: what is equal in this has one result.
fn signature(order: &[usize]) -> Vec<bool> {
    let mut made = [0; 2];
    let steps: Vec<_> = order
        .iter()
        .map(|&who| {
            made[who] += 1;
            (who, STEPS[who][made[who] - 1])
        })
        .collect();
    let place = |who: usize, word: usize| {
        steps.iter().position(|(by, (_, of, _))| *by == who && *of == word)
    };
    [0, 1].map(|word| place(0, word) < place(1, word)).to_vec()
}

const COLUMN: usize = 130;
const ROW: usize = 34;

/// The tree; dashed is what an equal run has shown already.
pub fn svg(language: Language) -> String {
    let runs = runs();
    let mut shown: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
    let mut leaves = Vec::new();
    for (number, (order, read)) in runs.iter().enumerate() {
        let same_as = *shown.entry(signature(order)).or_insert(number);
        leaves.push((order, read, same_as));
    }
    let mut body = String::new();
    let row = |number: usize| 30 + ROW * number;
    // The place of a node is that of the first leaf below it.
    let first = |prefix: &[usize]| {
        leaves.iter().position(|(order, ..)| order.starts_with(prefix)).unwrap_or(0)
    };
    let mut drawn = Vec::new();
    for (number, (order, read, same_as)) in leaves.iter().enumerate() {
        let mut made = [0; 2];
        for (depth, &who) in order.iter().enumerate() {
            let (text, ..) = STEPS[who][made[who]];
            made[who] += 1;
            let prefix = &order[..=depth];
            if drawn.contains(&prefix) {
                continue;
            }
            drawn.push(prefix);
            let (from, to) = (row(first(&order[..depth])), row(number));
            let (x, end) = (20 + COLUMN * depth, 20 + COLUMN * (depth + 1));
            let kept = leaves
                .iter()
                .enumerate()
                .any(|(n, (o, _, same))| o.starts_with(prefix) && n == *same);
            let class = if kept { "branch" } else { "branch pruned" };
            let bend = x + 14;
            _ = writeln!(
                body,
                "<path class=\"{class}\" d=\"M{x} {from}L{bend} {to}H{end}\"/>"
            );
            _ = writeln!(
                body,
                "<text class=\"label {class}\" x=\"{}\" y=\"{}\">{}</text>",
                bend + 6,
                to - 5,
                say(text, language)
            );
        }
        let (x, y) = (20 + COLUMN * order.len() + 8, row(number) + 4);
        let [a, b] = read;
        let (class, text) = if number == *same_as {
            ("label", format!("{}. A {a}, B {b}", number + 1))
        } else {
            let same = say("as", language);
            (
                "label branch pruned",
                format!("{}. {same} {}", number + 1, same_as + 1),
            )
        };
        _ = writeln!(
            body,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"
        );
    }
    let height = row(leaves.len());
    let alt = say(
        "All six interleavings of two threads that write a word each and then read the other's: three of them are all one has to try",
        language,
    );
    format!(
        "<div class=\"run\"><svg class=\"run\" viewBox=\"0 0 720 {height}\" role=\"img\" aria-label=\"{alt}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n{body}</svg></div>\n"
    )
}
