//! The traits, for `use anyrt::prelude::*`.

pub use crate::contract::{
    BlockOn, FamilyBarrier, FamilyCondition, FamilyEvent, FamilyLock, FamilyQueue, FamilySemaphore,
    JoinHandle, LocalBlockOn, Runtime, Shutdown, Spawn, SpawnBlocking, SpawnLocal, SyncFamily,
    Timer,
};
