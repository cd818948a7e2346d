//! Every interleaving of a small program, as a graph for a stepper.
//!
//! A program is a list of steps per thread over shared variables. The simulator runs it in every order that
//! there is, with a task for each thread; the states that it comes to are the nodes, and equal ones are one.
//!
//! A lock is taken apart into the steps in which it is passed on, since that is what a stepper shows.
//! `tests/steppers.rs` runs the same programs with the real primitives, and compares how they end.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use anyrt::Sim;
use anyrt::prelude::*;
use anyrt::sim::{Explore, try_explore};
use anyrt::sync::Event;
use serde::Serialize;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Go on with the next line.
    Next,
    /// Go on with this line.
    Goto(usize),
    /// It can't be taken now.
    Blocked,
    /// It is taken, and the thread sleeps on this line until another calls [`World::wake`].
    Sleep,
}

/// What the threads share, and where they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The variables, shared ones and each thread's own.
    pub vars: Vec<i64>,
    /// The line of each thread; one past the end means that it has ended.
    pub line: Vec<usize>,
    /// Who sleeps.
    pub asleep: Vec<bool>,
}

impl World {
    /// Wakes the first thread that sleeps, if any.
    pub fn wake_one(&mut self) {
        if let Some(thread) = self.asleep.iter().position(|asleep| *asleep) {
            self.wake(thread);
        }
    }

    /// Wakes a thread: it goes on behind the line on which it slept.
    pub fn wake(&mut self, thread: usize) {
        self.asleep[thread] = false;
        self.line[thread] += 1;
    }
}

/// A line: what is shown, and what it does.
pub type Line = (&'static str, fn(&mut World, usize) -> Step);

/// A small concurrent program.
#[derive(Debug)]
pub struct Puzzle {
    /// The file's name, without its ending.
    pub name: &'static str,
    /// The threads: a name, and lines.
    pub threads: Vec<(&'static str, Vec<Line>)>,
    /// The variables: a name, and where they begin.
    pub vars: Vec<(&'static str, i64)>,
    /// Whether the end is as it should be.
    pub good: fn(&World) -> bool,
}

/// The graph of a puzzle.
#[derive(Debug, Serialize)]
pub struct Graph {
    threads: Vec<GraphThread>,
    vars: Vec<&'static str>,
    nodes: Vec<Node>,
    /// How many interleavings lead from the start to each kind of end.
    pub runs: Runs,
}

#[derive(Debug, Serialize)]
struct GraphThread {
    name: &'static str,
    code: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Node {
    vars: Vec<i64>,
    line: Vec<usize>,
    asleep: Vec<bool>,
    /// Where the step of each thread leads.
    next: Vec<Option<usize>>,
    end: Option<End>,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// As it should.
    Good,
    /// All have ended, with a wrong result.
    Bad,
    /// Nobody can go on, and not all have ended.
    Stuck,
}

/// The number of interleavings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Runs {
    /// Those that end as they should.
    pub good: u64,
    /// Those that end wrong.
    pub bad: u64,
    /// Those that don't end.
    pub stuck: u64,
}

impl Puzzle {
    /// Tries everything.
    pub fn explore(&self) -> Graph {
        let tried = self.tried();
        let mut known = HashMap::from([(self.start(), 0)]);
        let mut worlds = vec![self.start()];
        let mut nodes = Vec::new();
        while let Some(world) = worlds.get(nodes.len()).cloned() {
            let next: Vec<_> = (0..self.threads.len())
                .map(|thread| {
                    let after = tried.get(&(world.clone(), thread))?;
                    let new = worlds.len();
                    let id = *known.entry(after.clone()).or_insert(new);
                    if id == new {
                        worlds.push(after.clone());
                    }
                    Some(id)
                })
                .collect();
            let end = next.iter().all(Option::is_none).then(|| self.end(&world));
            let World { vars, line, asleep } = world;
            nodes.push(Node { vars, line, asleep, next, end });
        }
        let runs = count(&nodes, 0, &mut HashMap::new());
        Graph {
            threads: self
                .threads
                .iter()
                .map(|(name, lines)| GraphThread {
                    name,
                    code: lines.iter().map(|(text, _)| *text).collect(),
                })
                .collect(),
            vars: self.vars.iter().map(|(name, _)| *name).collect(),
            nodes,
            runs,
        }
    }

    fn start(&self) -> World {
        World {
            vars: self.vars.iter().map(|(_, value)| *value).collect(),
            line: vec![0; self.threads.len()],
            asleep: vec![false; self.threads.len()],
        }
    }

    /// What each thread's step does in each state that the simulator comes to.
    fn tried(&self) -> Tried {
        let tried = Arc::new(Mutex::new(Tried::new()));
        let every = Explore::all(1_000_000).cooperative().minimise(0);
        let explored = try_explore(every, |rt| {
            let run = Arc::new(Run {
                threads: self
                    .threads
                    .iter()
                    .map(|(_, lines)| lines.clone())
                    .collect(),
                stand: Mutex::new(Stand {
                    world: self.start(),
                    wakers: vec![None; self.threads.len()],
                }),
                over: Event::new(),
                tried: Arc::clone(&tried),
            });
            play(rt, run)
        });
        let explored = explored.expect("a step panics nowhere");
        assert!(explored.is_complete(), "there are more orders: {explored:?}");
        std::mem::take(&mut *locked(&tried))
    }

    fn end(&self, world: &World) -> End {
        let ended =
            |(thread, line): (usize, &usize)| *line >= self.threads[thread].1.len();
        if !world.line.iter().enumerate().all(ended) {
            End::Stuck
        } else if (self.good)(world) {
            End::Good
        } else {
            End::Bad
        }
    }
}

/// Where the step of a thread leads, from a state in which it can be taken.
type Tried = HashMap<(World, usize), World>;

/// One order of a program's steps.
struct Run {
    threads: Vec<Vec<Line>>,
    stand: Mutex<Stand>,
    /// Nobody can go on.
    over: Event,
    /// What is known from all orders.
    tried: Arc<Mutex<Tried>>,
}

struct Stand {
    world: World,
    /// Those of the tasks that have been asked.
    wakers: Vec<Option<Waker>>,
}

async fn play(rt: Sim, run: Arc<Run>) {
    for thread in 0..run.threads.len() {
        let run = Arc::clone(&run);
        _ = rt.spawn(poll_fn(move |context| -> Poll<()> {
            run.turn(thread, context.waker());
            Poll::Pending
        }));
    }
    run.over.wait().await;
}

impl Run {
    /// A thread takes a step, if it can; then all that can take one are woken.
    fn turn(&self, thread: usize, waker: &Waker) {
        let mut stand = locked(&self.stand);
        stand.wakers[thread] = Some(waker.clone());
        let Some(after) = self.step(&stand.world, thread) else { return };
        let before = std::mem::replace(&mut stand.world, after.clone());
        let ready: Vec<_> = (0..self.threads.len())
            .filter(|thread| self.step(&after, *thread).is_some())
            .collect();
        let wakers: Vec<_> = ready
            .iter()
            .filter_map(|thread| stand.wakers[*thread].clone())
            .collect();
        drop(stand);
        locked(&self.tried).insert((before, thread), after);
        wakers.into_iter().for_each(Waker::wake);
        if ready.is_empty() {
            self.over.set();
        }
    }

    fn step(&self, world: &World, thread: usize) -> Option<World> {
        let line = world.line[thread];
        let (_, does) =
            self.threads[thread].get(line).filter(|_| !world.asleep[thread])?;
        let mut after = world.clone();
        match does(&mut after, thread) {
            Step::Next => after.line[thread] = line + 1,
            Step::Goto(line) => after.line[thread] = line,
            Step::Sleep => after.asleep[thread] = true,
            Step::Blocked => return None,
        }
        Some(after)
    }
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The runs from a node on. The programs of the book have no loop that changes nothing, so the graph
/// has no cycle.
fn count(nodes: &[Node], id: usize, known: &mut HashMap<usize, Runs>) -> Runs {
    if let Some(runs) = known.get(&id) {
        return *runs;
    }
    let mut runs = Runs { good: 0, bad: 0, stuck: 0 };
    match nodes[id].end {
        Some(End::Good) => runs.good = 1,
        Some(End::Bad) => runs.bad = 1,
        Some(End::Stuck) => runs.stuck = 1,
        None => {
            for next in nodes[id].next.iter().flatten() {
                let more = count(nodes, *next, known);
                runs.good += more.good;
                runs.bad += more.bad;
                runs.stuck += more.stuck;
            }
        }
    }
    known.insert(id, runs);
    runs
}
