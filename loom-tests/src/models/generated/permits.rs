//! What permits are, taken one after another: the specification of what is made of them.

/// What is free; who waits for how much; who has how much. Waits have numbers.
#[derive(Debug, Clone)]
pub(super) struct Permits {
    pub(super) free: u32,
    fair: bool,
    queue: Vec<(usize, u32)>,
    held: Vec<(usize, u32)>,
}

impl Permits {
    pub(super) fn new(free: u32, fair: bool) -> Self {
        Self { free, fair, queue: Vec::new(), held: Vec::new() }
    }

    /// Whether the wait may get `n` now: if it is fair, nobody passes those ahead.
    pub(super) fn got(&mut self, id: usize, n: u32) -> bool {
        let ahead = self.queue.iter().take_while(|(other, _)| *other != id);
        let reserved: u32 = if self.fair { ahead.map(|(_, n)| n).sum() } else { 0 };
        let enough = self.free >= n + reserved;
        self.leave(id);
        self.held.push((id, n));
        self.free = self.free.saturating_sub(n);
        enough
    }

    /// Whether the wait may go on.
    pub(super) fn pending(&mut self, id: usize, n: u32) -> bool {
        let others = self.queue.iter().any(|(other, _)| *other != id);
        if self.queue.iter().all(|(other, _)| *other != id) {
            self.queue.push((id, n));
        }
        self.free < n || others
    }

    /// It waits no more.
    pub(super) fn leave(&mut self, id: usize) {
        self.queue.retain(|(other, _)| *other != id);
    }

    /// It waits no more, and gives back what it has.
    pub(super) fn dropped(&mut self, id: usize) {
        self.leave(id);
        if let Some(at) = self.held.iter().position(|(other, _)| *other == id) {
            self.free += self.held.remove(at).1;
        }
    }

    /// It does not give back what it has, ever.
    pub(super) fn forget(&mut self, id: usize) {
        self.held.retain(|(other, _)| *other != id);
    }
}
