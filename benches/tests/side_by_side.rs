//! The code of COMPARE.md, side by side: it compiles and does the same.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

mod with_anyrt {
    use super::*;
    use anyrt::prelude::*;

    pub(super) async fn first_line<R: Runtime>(rt: R, path: PathBuf) -> Option<String> {
        let read = rt.spawn_blocking(move || std::fs::read_to_string(path));
        let text = rt.timeout(SECOND, read).await.ok()?.ok()?.ok()?;
        text.lines().next().map(String::from)
    }
}

mod with_agnostic_lite {
    use super::*;
    use agnostic_lite::RuntimeLite;

    pub(super) async fn first_line<R: RuntimeLite>(path: PathBuf) -> Option<String> {
        let read = R::spawn_blocking(move || std::fs::read_to_string(path));
        let text = R::timeout(SECOND, read).await.ok()?.ok()?.ok()?;
        text.lines().next().map(String::from)
    }
}

mod with_async_rs {
    use super::*;
    use async_rs::{Runtime, traits::*};

    pub(super) async fn first_line<K: RuntimeKit>(
        rt: &Runtime<K>,
        path: PathBuf,
    ) -> Option<String> {
        let read = rt.spawn_blocking(move || std::fs::read_to_string(path));
        let late = async {
            rt.sleep(SECOND).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        let text = smol::future::or(read, late).await.ok()?;
        text.lines().next().map(String::from)
    }
}

mod with_async_executors {
    use super::*;
    use async_executors::{SpawnBlocking, Timer, TimerExt};

    pub(super) async fn first_line(
        executor: impl SpawnBlocking<io::Result<String>> + Timer,
        path: PathBuf,
    ) -> Option<String> {
        let read = executor.spawn_blocking(move || std::fs::read_to_string(path));
        let text = executor.timeout(SECOND, read).await.ok()?.ok()?;
        text.lines().next().map(String::from)
    }
}

#[test]
fn all_do_the_same() {
    use anyrt::BlockOn;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let expected = Some("[package]".to_string());

    let owner = anyrt::ThreadsOwner::new().unwrap();
    assert_eq!(owner.run(|rt| with_anyrt::first_line(rt, path.clone())), expected);

    let line = with_agnostic_lite::first_line::<agnostic_lite::smol::SmolRuntime>(path.clone());
    assert_eq!(smol::block_on(line), expected);

    let rt = async_rs::SmolRuntime::smol();
    assert_eq!(smol::block_on(with_async_rs::first_line(&rt, path.clone())), expected);

    let line = with_async_executors::first_line(async_executors::AsyncStd, path);
    assert_eq!(async_std::task::block_on(line), expected);
}
