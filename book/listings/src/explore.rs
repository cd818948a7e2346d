//! Every interleaving of a small program, as a graph for a stepper.
//!
//! A program is a list of steps per thread over shared variables. The exploration tries every thread in
//! every state it can reach; equal states are one node.
//!
//! It is not anyrt's simulator, which explores schedules: a stepper needs states, with a value for each
//! variable and a line for each thread, and a lock that is taken apart into the steps in which it is passed on.
//! `tests/steppers.rs` runs the same programs in the simulator, with the real primitives, and compares how they end.

use std::collections::HashMap;

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
        let start = World {
            vars: self.vars.iter().map(|(_, value)| *value).collect(),
            line: vec![0; self.threads.len()],
            asleep: vec![false; self.threads.len()],
        };
        let mut known = HashMap::from([(start.clone(), 0)]);
        let mut worlds = vec![start];
        let mut nodes = Vec::new();
        while let Some(world) = worlds.get(nodes.len()).cloned() {
            let next: Vec<_> = (0..self.threads.len())
                .map(|thread| {
                    let after = self.step(&world, thread)?;
                    let new = worlds.len();
                    let id = *known.entry(after.clone()).or_insert(new);
                    if id == new {
                        worlds.push(after);
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

    fn step(&self, world: &World, thread: usize) -> Option<World> {
        let line = world.line[thread];
        let (_, does) =
            self.threads[thread].1.get(line).filter(|_| !world.asleep[thread])?;
        let mut after = world.clone();
        match does(&mut after, thread) {
            Step::Next => after.line[thread] = line + 1,
            Step::Goto(line) => after.line[thread] = line,
            Step::Sleep => after.asleep[thread] = true,
            Step::Blocked => return None,
        }
        Some(after)
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
