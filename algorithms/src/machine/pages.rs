//! Large arrays of plain numbers: on huge pages where there are any, and given back when they are dropped.
//!
//! Walks and their projection jump through arrays far larger than the processor's table of 4-KiB pages, so that nearly
//! every jump would also look up a page. Pages of 2 MiB (Linux: transparent huge pages, asked for by `madvise`) avoid
//! that. Arrays from 1 MiB on have a memory mapping of their own: the allocator keeps what is freed for later, up to
//! tens of megabytes, and then a run's peak would be the sum of its stages, not the largest of them.
//!
//! Elsewhere, and for smaller arrays, this is a vector.

use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};

/// Whether [`Aligned::give_back`] gives memory back.
pub(crate) const GIVES_BACK: bool = cfg!(target_os = "linux");

/// One cache line: arrays begin at one, so that a row of 64 bytes is one line and one vector load.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A buffer of plain numbers that starts at a cache line; its length is rounded up to whole lines.
pub(crate) struct Aligned(Memory);

enum Memory {
    Vector(Vec<Line>),
    #[cfg(target_os = "linux")]
    Mapping(linux::Mapping),
}

impl Aligned {
    /// `count` zeros of `T`.
    pub(crate) fn zeros<T: Pod>(count: usize) -> Self {
        let bytes = count * size_of::<T>();
        #[cfg(target_os = "linux")]
        if let Some(mapping) = linux::Mapping::new(bytes) {
            return Aligned(Memory::Mapping(mapping));
        }
        Aligned(Memory::Vector(vec![Line::zeroed(); bytes.div_ceil(64)]))
    }

    fn lines(&self) -> &[Line] {
        match &self.0 {
            Memory::Vector(lines) => lines,
            #[cfg(target_os = "linux")]
            Memory::Mapping(mapping) => bytemuck::cast_slice(mapping.bytes()),
        }
    }

    /// As numbers of a type whose size divides 64.
    pub(crate) fn get<T: AnyBitPattern>(&self) -> &[T] {
        bytemuck::cast_slice(self.lines())
    }

    /// As numbers of a type whose size divides 64, to change.
    pub(crate) fn get_mut<T: NoUninit + AnyBitPattern>(&mut self) -> &mut [T] {
        match &mut self.0 {
            Memory::Vector(lines) => bytemuck::cast_slice_mut(lines),
            #[cfg(target_os = "linux")]
            Memory::Mapping(mapping) => bytemuck::cast_slice_mut(mapping.bytes_mut()),
        }
    }

    /// Gives back the first `bytes` bytes, which are not needed any more: their memory goes back to the system where
    /// that is possible, and what is read there afterwards is unspecified numbers.
    pub(crate) fn give_back(&mut self, bytes: usize) {
        match &mut self.0 {
            Memory::Vector(_) => {}
            #[cfg(target_os = "linux")]
            Memory::Mapping(mapping) => mapping.give_back(bytes),
        }
        let _ = bytes;
    }
}

/// Asks for huge pages for memory that is not touched yet. A hint: nothing else changes.
pub(crate) fn prefer_huge<T>(memory: &[T]) {
    #[cfg(target_os = "linux")]
    linux::prefer_huge(memory.as_ptr().cast(), size_of_val(memory));
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ptr::{self, NonNull};
    use std::slice;

    const HUGE: usize = 2 << 20;
    /// A multiple of the page size, whichever the kernel has.
    const PAGE: usize = 64 << 10;
    /// Least bytes of an array with a mapping of its own.
    const SMALLEST: usize = 1 << 20;

    /// Zeroed memory of this process alone, from a multiple of 2 MiB on.
    ///
    /// Invariant: `address` is the start of a private anonymous mapping, readable and writable, of `length` bytes (a
    /// positive multiple of [`PAGE`]), that nothing else refers to.
    pub(super) struct Mapping {
        address: NonNull<u8>,
        length: usize,
    }

    // SAFETY: it owns its memory as a Box does, and gives access to it only by its own borrows.
    unsafe impl Send for Mapping {}
    // SAFETY: as above; a shared mapping can only be read.
    unsafe impl Sync for Mapping {}

    impl Mapping {
        /// `None` when a vector is better, or when the system refuses.
        pub(super) fn new(bytes: usize) -> Option<Self> {
            if !(SMALLEST..=isize::MAX as usize - 2 * HUGE).contains(&bytes) {
                return None;
            }
            let length = bytes.next_multiple_of(PAGE);
            let whole = length + HUGE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            // SAFETY: a new mapping at an address the kernel chooses touches no memory in use.
            let start = unsafe { libc::mmap(ptr::null_mut(), whole, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
            if start == libc::MAP_FAILED {
                return None;
            }
            let before = start.align_offset(HUGE);
            // SAFETY: `before` < HUGE, so [start + before, start + before + length) lies within the new mapping, and
            // what is cut off on both sides is part of it and not used. Failing to cut only leaves it mapped.
            unsafe {
                let address = start.add(before);
                if before > 0 {
                    libc::munmap(start, before);
                }
                if HUGE > before {
                    libc::munmap(address.add(length), HUGE - before);
                }
                let address = NonNull::new(address.cast::<u8>())?;
                // Only whole huge pages, so that the last one does not take more than the array.
                prefer_huge(address.as_ptr(), length);
                Some(Mapping { address, length })
            }
        }

        pub(super) fn bytes(&self) -> &[u8] {
            // SAFETY: by the invariant the memory is there, zeroed or written by us, and borrowed with self.
            unsafe { slice::from_raw_parts(self.address.as_ptr(), self.length) }
        }

        pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
            // SAFETY: as above, and nothing else borrows it.
            unsafe { slice::from_raw_parts_mut(self.address.as_ptr(), self.length) }
        }

        /// Whole huge pages among the first `bytes` bytes become zeros that take no memory.
        pub(super) fn give_back(&mut self, bytes: usize) {
            let bytes = bytes.min(self.length) / HUGE * HUGE;
            if bytes > 0 {
                // SAFETY: the range is part of the mapping; private anonymous pages read as zeros afterwards, which
                // are valid bytes, and nobody has borrowed them while self is borrowed mutably.
                unsafe { libc::madvise(self.address.as_ptr().cast(), bytes, libc::MADV_DONTNEED) };
            }
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            // SAFETY: the mapping is ours, and no borrow of it outlives self.
            unsafe { libc::munmap(self.address.as_ptr().cast(), self.length) };
        }
    }

    /// Asks for huge pages for those that lie wholly within the range.
    pub(super) fn prefer_huge(start: *const u8, bytes: usize) {
        let before = start.align_offset(HUGE);
        let Some(whole) = bytes.checked_sub(before).map(|rest| rest / HUGE * HUGE).filter(|&whole| whole > 0) else {
            return;
        };
        // SAFETY: this advice changes how pages are backed, never what they contain. It may fail where the kernel has
        // no huge pages, which is as good.
        unsafe { libc::madvise(start.wrapping_add(before).cast_mut().cast(), whole, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_all_sizes_are_zero_aligned_and_writable() {
        for count in [0, 1, 15, 1000, 1 << 18, (1 << 18) + 1, 3 << 20] {
            let mut array = Aligned::zeros::<i32>(count);
            assert!(array.get::<i32>().len() >= count && array.get::<i32>().iter().all(|&x| x == 0));
            assert_eq!(array.get::<i32>().as_ptr().align_offset(64), 0);
            array.get_mut::<i32>()[..count].iter_mut().zip(1..).for_each(|(x, i)| *x = i);
            // What is not given back stays.
            array.give_back(count * 2);
            let half = count / 2;
            assert!(array.get::<i32>()[half..count].iter().zip(half as i32 + 1..).all(|(&x, i)| x == i));
        }
    }
}
