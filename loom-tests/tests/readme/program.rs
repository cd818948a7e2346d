use anyrt::family::Lock;
use anyrt::prelude::*;
use std::sync::Arc;

/// The program: it knows no runtime.
async fn add_twice<R: Runtime>(rt: R) -> u32 {
    let sum = Arc::new(Lock::<R, u32>::new(0));
    let add = || {
        let sum = sum.clone();
        rt.spawn(async move {
            let seen = *sum.lock().await;
            *sum.lock().await = seen + 1; // another may have come between
        })
    };
    let (one, two) = (add(), add());
    one.await.unwrap();
    two.await.unwrap();
    *sum.lock().await
}
