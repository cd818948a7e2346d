//! The programs of the steppers.

use crate::explore::{Line, Puzzle, Step, World};

/// All of them.
pub fn puzzles() -> Vec<Puzzle> {
    vec![
        lost_update(),
        locked_update(),
        lock_order(),
        if_or_while(false),
        if_or_while(true),
        whistle(false),
        whistle(true),
        policy(Policy::Barging),
        policy(Policy::HandOff),
        policy(Policy::Bounded),
    ]
}

/// `n = n + 1` by two threads.
fn lost_update() -> Puzzle {
    let lines = || -> Vec<Line> {
        vec![
            ("let x = n;", |w, t| {
                w.vars[1 + t] = w.vars[0];
                Step::Next
            }),
            ("n = x + 1;", |w, t| {
                w.vars[0] = w.vars[1 + t] + 1;
                Step::Next
            }),
        ]
    };
    Puzzle {
        name: "lost-update",
        threads: vec![("A", lines()), ("B", lines())],
        vars: vec![("n", 0), ("A.x", 0), ("B.x", 0)],
        good: |w| w.vars[0] == 2,
    }
}

/// The same under a lock. The variable `lock` is 0 while it is free.
fn locked_update() -> Puzzle {
    let lines = || -> Vec<Line> {
        vec![
            ("let guard = lock.lock_blocking();", |w, t| take(w, 3, t)),
            ("let x = n;", |w, t| {
                w.vars[1 + t] = w.vars[0];
                Step::Next
            }),
            ("n = x + 1;", |w, t| {
                w.vars[0] = w.vars[1 + t] + 1;
                Step::Next
            }),
            ("drop(guard);", |w, _| free(w, 3)),
        ]
    };
    Puzzle {
        name: "locked-update",
        threads: vec![("A", lines()), ("B", lines())],
        vars: vec![("n", 0), ("A.x", 0), ("B.x", 0), ("lock", 0)],
        good: |w| w.vars[0] == 2,
    }
}

/// Two locks, taken in two orders.
fn lock_order() -> Puzzle {
    Puzzle {
        name: "lock-order",
        threads: vec![
            (
                "A",
                vec![
                    ("let l = left.lock_blocking();", |w, t| take(w, 0, t)),
                    ("let r = right.lock_blocking();", |w, t| take(w, 1, t)),
                    ("drop(r);", |w, _| free(w, 1)),
                    ("drop(l);", |w, _| free(w, 0)),
                ],
            ),
            (
                "B",
                vec![
                    ("let r = right.lock_blocking();", |w, t| take(w, 1, t)),
                    ("let l = left.lock_blocking();", |w, t| take(w, 0, t)),
                    ("drop(l);", |w, _| free(w, 0)),
                    ("drop(r);", |w, _| free(w, 1)),
                ],
            ),
        ],
        vars: vec![("left", 0), ("right", 0)],
        good: |_| true,
    }
}

/// Two eaters and a cook around a condition: `if` takes from an empty table, `while` looks again.
fn if_or_while(again: bool) -> Puzzle {
    let check = if again { "while dishes == 0 {" } else { "if dishes == 0 {" };
    let close: fn(&mut World, usize) -> Step =
        if again { |_, _| Step::Goto(1) } else { |_, _| Step::Next };
    let eater = || -> Vec<Line> {
        vec![
            ("lock;", |w, t| take(w, 1, t)),
            (check, |w, _| if w.vars[0] == 0 { Step::Next } else { Step::Goto(5) }),
            ("  wait: unlock and sleep", |w, _| {
                w.vars[1] = 0;
                Step::Sleep
            }),
            ("  wait: lock again", |w, t| take(w, 1, t)),
            ("}", close),
            ("dishes -= 1;", |w, _| {
                w.vars[2] += i64::from(w.vars[0] == 0);
                w.vars[0] -= 1;
                Step::Next
            }),
            ("unlock;", |w, _| free(w, 1)),
        ]
    };
    Puzzle {
        name: if again { "condition-while" } else { "condition-if" },
        threads: vec![
            ("A", eater()),
            ("B", eater()),
            (
                "cook",
                vec![
                    ("lock; dishes += 1; unlock;", |w, _| cook(w)),
                    ("notify(1);", |w, _| {
                        w.wake_one();
                        Step::Next
                    }),
                    ("lock; dishes += 1; unlock;", |w, _| cook(w)),
                    ("notify(1);", |w, _| {
                        w.wake_one();
                        Step::Next
                    }),
                ],
            ),
        ],
        vars: vec![("dishes", 0), ("lock", 0), ("ate nothing", 0)],
        good: |w| w.vars[2] == 0,
    }
}

/// A future that looks and leaves its waker, in either order, and somebody who sets and wakes.
fn whistle(register_first: bool) -> Puzzle {
    let check: Line = ("if ready { return Ready }", |w, _| {
        if w.vars[0] == 1 { Step::Goto(4) } else { Step::Next }
    });
    let register: Line = ("leave the waker;", |w, _| {
        w.vars[1] = 1;
        Step::Next
    });
    let mut lines =
        if register_first { vec![register, check] } else { vec![check, register] };
    lines.push(("return Pending: sleep until woken", |w, _| {
        if w.vars[2] == 0 {
            return Step::Blocked;
        }
        w.vars[2] = 0;
        Step::Next
    }));
    lines.push(("poll again", |_, _| Step::Goto(0)));
    Puzzle {
        name: if register_first {
            "register-then-check"
        } else {
            "check-then-register"
        },
        threads: vec![
            ("future", lines),
            (
                "other",
                vec![
                    ("ready = true;", |w, _| {
                        w.vars[0] = 1;
                        Step::Next
                    }),
                    ("if a waker is there, wake;", |w, _| {
                        w.vars[2] = w.vars[1];
                        w.vars[1] = 0;
                        Step::Next
                    }),
                ],
            ),
        ],
        vars: vec![("ready", 0), ("waker", 0), ("woken", 0)],
        good: |_| true,
    }
}

/// Takes the lock in the variable `which`, if it is free.
fn take(world: &mut World, which: usize, thread: usize) -> Step {
    if world.vars[which] != 0 {
        return Step::Blocked;
    }
    world.vars[which] = number(thread);
    Step::Next
}

fn free(world: &mut World, which: usize) -> Step {
    world.vars[which] = 0;
    Step::Next
}

fn cook(world: &mut World) -> Step {
    if world.vars[1] != 0 {
        return Step::Blocked;
    }
    world.vars[0] += 1;
    Step::Next
}

#[derive(Clone, Copy)]
enum Policy {
    Barging,
    HandOff,
    Bounded,
}

/// Who gets a lock: A wants it three times, B once. It is a bad end if B was passed twice.
fn policy(policy: Policy) -> Puzzle {
    let unlock: fn(&mut World, usize) -> Step = match policy {
        Policy::Barging => |w, t| unlock(w, t, false),
        Policy::HandOff => |w, t| unlock(w, t, true),
        Policy::Bounded => |w, t| unlock(w, t, w.vars[PASSED] == 1),
    };
    let once: [Line; 2] = [
        ("let guard = lock.lock().await;", stand_in_line),
        ("drop(guard);", unlock),
    ];
    let mut thrice = once.to_vec();
    thrice.extend(once);
    thrice.extend(once);
    Puzzle {
        name: match policy {
            Policy::Barging => "lock-barging",
            Policy::HandOff => "lock-hand-off",
            Policy::Bounded => "lock-bounded",
        },
        threads: vec![("A", thrice), ("B", once.to_vec())],
        vars: vec![
            ("held by", 0),
            ("reserved for", 0),
            ("A in line", 0),
            ("B in line", 0),
            ("B was passed", 0),
        ],
        good: |w| w.vars[PASSED] < 2,
    }
}

const HELD: usize = 0;
const RESERVED: usize = 1;
const IN_LINE: usize = 2;
const PASSED: usize = 4;

/// Takes the lock; or joins the line, and sleeps until it is worth another try of this line.
fn stand_in_line(world: &mut World, thread: usize) -> Step {
    let me = number(thread);
    let for_another = world.vars[RESERVED] != 0 && world.vars[RESERVED] != me;
    if world.vars[HELD] != 0 || for_another {
        world.vars[IN_LINE + thread] = 1;
        return Step::Sleep;
    }
    if thread == 0 && world.vars[IN_LINE + 1] == 1 {
        world.vars[PASSED] += 1;
    }
    world.vars[IN_LINE + thread] = 0;
    world.vars[RESERVED] = 0;
    world.vars[HELD] = me;
    Step::Next
}

/// Tells the other, if it is in line, and keeps the lock for it if that is the policy.
fn unlock(world: &mut World, thread: usize, keep: bool) -> Step {
    let other = 1 - thread;
    world.vars[HELD] = 0;
    if world.vars[IN_LINE + other] == 1 {
        world.vars[RESERVED] = if keep { number(other) } else { 0 };
        world.asleep[other] = false;
    }
    Step::Next
}

/// 1 is A, 2 is B; 0 is nobody.
fn number(thread: usize) -> i64 {
    1 + i64::try_from(thread).expect("few threads")
}
