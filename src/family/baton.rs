/// Passes a notification on if whoever got it gives up before it could act on it.
pub(super) struct Baton<F: FnMut()>(Option<F>);

impl<F: FnMut()> Baton<F> {
    pub(super) fn new(pass_on: F) -> Self {
        Self(Some(pass_on))
    }

    /// It has arrived.
    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl<F: FnMut()> Drop for Baton<F> {
    fn drop(&mut self) {
        if let Some(mut pass_on) = self.0.take() {
            pass_on();
        }
    }
}
