//! The traits, for `use anyrt::prelude::*`.

pub use crate::contract::{
    BlockOn, FamilyBarrier, FamilyCondition, FamilyEvent, FamilyLock, FamilySemaphore, JoinHandle,
    LocalBlockOn, Runtime, Shutdown, Spawn, SpawnBlocking, SpawnLocal, SyncFamily, Timer,
};
