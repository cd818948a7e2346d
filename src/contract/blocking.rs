use super::JoinHandle;

/// Runs functions that block their thread: file access, a C library, a long computation.
///
/// # Examples
///
/// ```
/// use anyrt::prelude::*;
///
/// async fn count_lines<R: Runtime>(rt: R, path: &'static str) -> std::io::Result<usize> {
///     let text = rt.spawn_blocking(move || std::fs::read_to_string(path));
///     Ok(text.await.unwrap_or_else(|error| error.resume())?.lines().count())
/// }
///
/// let owner = anyrt::ThreadsOwner::new().unwrap();
/// assert!(owner.run(|rt| count_lines(rt, "Cargo.toml")).unwrap() > 10);
/// ```
pub trait SpawnBlocking: Clone + Send + Sync + 'static {
    /// The handle of a blocking job of this runtime.
    type BlockingHandle<T: Send + 'static>: JoinHandle<T> + Send + Sync + 'static;

    /// Runs `f` on a thread that may block.
    ///
    /// The job runs even if its handle is dropped (RT-BLOCK-1) and never stalls tasks (RT-BLOCK-3);
    /// an abort keeps it from starting, and can't stop it once started (RT-BLOCK-4).
    #[track_caller]
    fn spawn_blocking<F, T>(&self, f: F) -> Self::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;
}
