//! Opening a store, on disk or in memory, and what a new one begins with.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use crate::error::{Error, Result};
use crate::keys::{self, meta};
use crate::kv::{Family, Kv};
use crate::numbers::Numbers;
#[cfg(feature = "rocksdb")]
use crate::options::StoreOptions;
use crate::options::{FORMAT_VERSION, check_format};
use crate::store::{Store, StoreInner};
use crate::{index_catalog, pending, vector_sets};

impl Store {
    /// Opens the database in a directory, creating it when the options say so.
    #[cfg(feature = "rocksdb")]
    pub fn open(path: &std::path::Path, options: &StoreOptions) -> Result<Store> {
        use crate::disk::home::Home;
        use crate::kv::Rocks;

        let home = Home::open(path, options)?;
        let accept = home.verify(options.read_only)?;
        let keeper = if options.read_only { None } else { Some(home.keeper(accept)?) };
        let rocks = Rocks::open(&home.data(), options, keeper, accept).map_err(|error| match error {
            Error::Engine(text) if text.contains("lock") && text.contains("LOCK") => {
                Error::Locked { path: path.to_owned() }
            }
            other => other,
        })?;
        if accept {
            home.accepted()?;
        }
        let mut inner = start(Kv::Rocks(Arc::new(rocks)), options.read_only)?;
        if !options.read_only {
            home.ready()?;
        }
        inner.home = Some(home);
        Ok(Store { inner: Arc::new(inner) })
    }

    /// Opens a new database that is gone when it is closed.
    pub fn in_memory() -> Result<Store> {
        Ok(Store { inner: Arc::new(start(Kv::in_memory(), false)?) })
    }
}

/// Reads what a store keeps at hand, and removes what was cut off.
fn start(kv: Kv, read_only: bool) -> Result<StoreInner> {
    let state = || kv.snapshot().get(Family::Meta, &[meta::STATE], |state| state.map(Numbers::read).transpose());
    let (sequence, numbers) = match state()? {
        Some(state) => state,
        None if read_only => return Err(Error::corrupt("the database was never finished being created")),
        None => {
            initialise(&kv)?;
            state()?.ok_or_else(|| Error::corrupt("the state is missing"))?
        }
    };
    kv.snapshot().get(Family::Meta, &[meta::FORMAT], |format| {
        let found = format.map(|bytes| keys::read_u32(bytes, 0)).transpose()?.unwrap_or(0);
        check_format(found)
    })?;
    let inner = StoreInner::new(kv, read_only, sequence, numbers)?;
    if !read_only {
        pending::roll_back(&inner.kv)?;
        vector_sets::remove_unused(&inner.kv)?;
        index_catalog::remove_unused(&inner.kv)?;
    } else if pending::is_pending(&inner.kv)? {
        return Err(Error::Unfinished(
            "an import was cut off, and what it left is still there: opening the database for writing once removes it, and \
             everything that was committed is as it was",
        ));
    }
    Ok(inner)
}

/// Writes what a new database begins with: the format, the first numbers, the graph `default`.
fn initialise(kv: &Kv) -> Result<()> {
    let numbers = Numbers { graph: AtomicU32::new(1), ..Numbers::default() };
    let mut batch = kv.batch();
    batch.put(Family::Meta, &[meta::FORMAT], &FORMAT_VERSION.to_be_bytes())?;
    batch.put(Family::Meta, &[meta::STATE], &numbers.state(0))?;
    batch.put(Family::Meta, &keys::graph_name("default"), &0u32.to_be_bytes())?;
    kv.write(batch)
}
