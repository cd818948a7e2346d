//! Looking a little longer before going to sleep.

use std::sync::OnceLock;
use std::thread;

/// Rounds of a wait that may pay: about 20 µs, which is what a sleep and a wake-up cost.
const MOST: u32 = 128;
/// Of so many waits one is tried although they have not paid.
const TRIAL: u32 = 16;

/// Short pauses, each twice the one before, if another core is there to end the wait.
const SHORT: u32 = 4;
/// And then so many turns of the other threads: where there are more of those than cores, what is waited
/// for comes with one of them, and nobody had to be woken. All together take about as long as a sleep and
/// a wake-up would.
const TURNS: u32 = 16;

/// Pauses between looks at what a thread waits for.
pub(super) fn pauses() -> impl Iterator<Item = ()> {
    let short = if many_cores() { SHORT } else { 0 };
    let shorts = (0..short).map(|round| (0..4_u32 << round).for_each(|_| std::hint::spin_loop()));
    shorts.chain((0..TURNS).map(|_| thread::yield_now()))
}

/// How long to look for work before sleeping: a wake-up by the operating system costs more than a
/// short wait, but only where waits tend to pay, and another core is there to end them.
#[derive(Debug)]
pub(crate) struct Spin {
    rounds: u32,
    /// Waits that were skipped since.
    skipped: u32,
}

impl Spin {
    pub(crate) fn new() -> Self {
        Self { rounds: MOST, skipped: 0 }
    }

    /// How many rounds to look now. Halves each time unless it has paid.
    pub(crate) fn rounds(&mut self) -> u32 {
        if !many_cores() {
            return 0;
        }
        if self.rounds == 0 {
            self.skipped = (self.skipped + 1) % TRIAL;
            return if self.skipped == 0 { MOST / 2 } else { 0 };
        }
        let rounds = self.rounds;
        self.rounds /= 2;
        rounds
    }

    /// Between two rounds.
    #[inline]
    pub(crate) fn pause() {
        for _ in 0..8 {
            std::hint::spin_loop();
        }
    }

    /// Something was found meanwhile.
    pub(crate) fn paid(&mut self) {
        self.rounds = MOST;
    }
}

fn many_cores() -> bool {
    static MANY: OnceLock<bool> = OnceLock::new();
    *MANY.get_or_init(|| thread::available_parallelism().is_ok_and(|cores| cores.get() > 1))
}
